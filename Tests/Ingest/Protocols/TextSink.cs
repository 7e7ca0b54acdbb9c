using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols;

/// <summary>A sink that writes down what reaches it as people would: `name{tag,tag} timestamp value`. Refuses series
/// whose name contains "limit", or beyond <see cref="MaxSeries"/>, points at times named in <see cref="TooOld"/>, and
/// those of <see cref="NoRoom"/>.</summary>
internal sealed class TextSink(Precision precision = Precision.Milliseconds) : IEventSink
{
    private readonly List<string> _names = [];
    private readonly Dictionary<string, uint> _ids = [];
    private ulong _commits;

    public List<string> Points { get; } = [];

    public List<long> TooOld { get; } = [];

    /// <summary>What is refused as by a store without memory, so that nobody knows before.</summary>
    public HashSet<string> NoRoom { get; } = [];

    public int MaxSeries { get; set; } = int.MaxValue;

    /// <summary>How often rows came.</summary>
    public int Calls { get; private set; }

    public IReadOnlyList<string> Names => _names;

    public SinkState State => SinkState.Ready;

    public string? StateReason => null;

    public Precision Precision => precision;

    public ulong KeptThrough => _commits;

    public RefusalCode CheckTime(long timestamp) =>
        TooOld.Contains(timestamp) ? RefusalCode.TooOld : RefusalCode.None;

    public RefusalCode Resolve(ReadOnlySpan<byte> wireKey, ValueFamily family, out SeriesId series)
    {
        series = SeriesId.None;
        Assert.True(WireKey.IsWellFormed(wireKey));
        List<string> tags = [];
        foreach (ReadOnlySpan<byte> tag in WireKey.TagsOf(wireKey)) tags.Add(Encoding.UTF8.GetString(tag));
        string name = Encoding.UTF8.GetString(WireKey.NameOf(wireKey)) + "{" + string.Join(',', tags) + "}";
        if (name.Contains("limit", StringComparison.Ordinal)) return RefusalCode.SeriesLimit;
        if (!_ids.TryGetValue(name, out uint id))
        {
            if (_names.Count >= MaxSeries) return RefusalCode.SeriesLimit;
            _ids[name] = id = (uint)_names.Count;
            _names.Add(name);
        }
        series = new SeriesId(id);
        return RefusalCode.None;
    }

    public ulong AppendRows(ulong producer, ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload,
        RefusalLog refusals)
    {
        Calls++;
        for (int i = 0; i < rows.Length; i++)
        {
            ref readonly EventRow row = ref rows[i];
            string point = string.Create(CultureInfo.InvariantCulture,
                $"{_names[(int)row.Series.Value]} {row.Timestamp} {ValueOf(row, payload)}");
            if (TooOld.Contains(row.Timestamp)) refusals.Add(i, 1, RefusalCode.TooOld);
            else if (NoRoom.Contains(point)) refusals.Add(i, 1, RefusalCode.Memory);
            else Points.Add(point);
        }
        return ++_commits;
    }

    public ulong AppendColumn(ulong producer, SeriesId series, ValueFamily family, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals) => throw new NotSupportedException();

    public ulong AppendRegular(ulong producer, SeriesId series, ValueFamily family, long start, long step,
        ReadOnlySpan<ulong> values, RefusalLog refusals) => throw new NotSupportedException();

    public void OnKept(Action callback)
    {
        // Every commit is kept when its call returns.
    }

    private static string ValueOf(in EventRow row, ReadOnlySpan<byte> payload)
    {
        if (row.Family == ValueFamily.Int) return ((long)row.Bits).ToString(CultureInfo.InvariantCulture) + "i";
        if (row.Family == ValueFamily.UInt) return row.Bits.ToString(CultureInfo.InvariantCulture) + "u";
        if (row.Family == ValueFamily.Bool) return row.Bits == 0 ? "false" : "true";
        if (row.Family == ValueFamily.Float)
            return BitConverter.UInt64BitsToDouble(row.Bits).ToString("R", CultureInfo.InvariantCulture);
        PayloadRef at = PayloadRef.FromBits(row.Bits);
        ReadOnlySpan<byte> bytes = payload.Slice((int)at.Offset, (int)at.Length);
        return row.Family == ValueFamily.String ? '"' + Encoding.UTF8.GetString(bytes) + '"'
            : Convert.ToHexString(bytes);
    }
}
