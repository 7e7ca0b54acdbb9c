using System;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Text;
using Slungd.Engine.Model;

namespace Slungd.Tests.Engine.Fakes;

/// <summary>The plainest <see cref="IEventSink"/>: every append lands in a <see cref="FakeSeriesReader"/> at once and
/// takes the next commit number. Tests set <see cref="State"/> and decide when commits are kept.</summary>
internal sealed class FakeEventSink(FakeSeriesReader store) : IEventSink
{
    private readonly object _lock = new();
    private readonly List<Action> _onKept = [];
    private ulong _commits;

    public FakeSeriesReader Store { get; } = store;

    public SinkState State { get; set; } = SinkState.Ready;

    public string? StateReason { get; set; }

    public Precision Precision => Store.Precision;

    /// <summary>Points older than this are refused with TooOld.</summary>
    public long OldestAccepted { get; set; } = long.MinValue;

    /// <summary>Further series are refused with SeriesLimit.</summary>
    public int MaxSeries { get; set; } = int.MaxValue;

    /// <summary>True (the default): an append is kept when it returns. False: until <see cref="Keep"/>.</summary>
    public bool KeepsAtOnce { get; set; } = true;

    public ulong Commits => _commits;

    public ulong KeptThrough { get; private set; }

    public ulong LastProducer { get; private set; }

    /// <summary>Why requests and connections were refused unread, one for each.</summary>
    public ConcurrentQueue<RefusalCode> TurnedAway { get; } = new();

    public void CountTurnedAway(RefusalCode code) => TurnedAway.Enqueue(code);

    public void OnKept(Action callback) => _onKept.Add(callback);

    /// <summary>Declares every commit up to <paramref name="commit"/> kept, as a later group commit would.</summary>
    public void Keep(ulong commit)
    {
        KeptThrough = Math.Max(KeptThrough, commit);
        foreach (Action callback in _onKept) callback();
    }

    public RefusalCode Resolve(ReadOnlySpan<byte> wireKey, ValueFamily family, out SeriesId series)
    {
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(wireKey);
        int tagCount = BinaryPrimitives.ReadUInt16LittleEndian(wireKey[2..]);
        byte[] name = wireKey.Slice(4, nameLength).ToArray();
        ReadOnlySpan<byte> rest = wireKey[(4 + nameLength)..];
        byte[][] tags = new byte[tagCount][];
        for (int i = 0; i < tagCount; i++)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            tags[i] = rest.Slice(2, length).ToArray();
            rest = rest[(2 + length)..];
        }
        lock (_lock)
        {
            series = Store.Series(name, tags, MaxSeries);
            if (series == SeriesId.None) return RefusalCode.SeriesLimit;
            return RefusalCode.None;
        }
    }

    public ulong AppendRows(ulong producer, ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload,
        RefusalLog refusals)
    {
        lock (_lock)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                ref readonly EventRow row = ref rows[i];
                PayloadRef at = row.Family.HasPayload() ? PayloadRef.FromBits(row.Bits) : default;
                Put(i, row.Series, row.Timestamp, row.Family, row.Bits,
                    payload.Slice((int)at.Offset, (int)at.Length), refusals);
            }
            return Commit(producer);
        }
    }

    public ulong AppendColumn(ulong producer, SeriesId series, ValueFamily family, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals)
    {
        lock (_lock)
        {
            for (int i = 0; i < values.Length; i++) Put(i, series, timestamps[i], family, values[i], default, refusals);
            return Commit(producer);
        }
    }

    public ulong AppendRegular(ulong producer, SeriesId series, ValueFamily family, long start, long step,
        ReadOnlySpan<ulong> values, RefusalLog refusals)
    {
        lock (_lock)
        {
            for (int i = 0; i < values.Length; i++)
                Put(i, series, start + step * i, family, values[i], default, refusals);
            return Commit(producer);
        }
    }

    private void Put(int index, SeriesId series, long timestamp, ValueFamily family, ulong bits,
        ReadOnlySpan<byte> payload, RefusalLog refusals)
    {
        if (timestamp < OldestAccepted) refusals.Add(index, 1, RefusalCode.TooOld);
        else if (!Store.Put(series, timestamp, family, bits, payload)) refusals.Add(index, 1, RefusalCode.ValueFamily);
    }

    private ulong Commit(ulong producer)
    {
        LastProducer = producer;
        _commits++;
        if (KeepsAtOnce) KeptThrough = _commits;
        return _commits;
    }

    /// <summary>The wire key of <see cref="IEventSink.Resolve"/>.</summary>
    public static byte[] WireKey(string name, params string[] tags)
    {
        List<byte> bytes = [];
        AddLength(bytes, Encoding.UTF8.GetByteCount(name));
        AddLength(bytes, tags.Length);
        bytes.AddRange(Encoding.UTF8.GetBytes(name));
        foreach (string tag in tags)
        {
            AddLength(bytes, Encoding.UTF8.GetByteCount(tag));
            bytes.AddRange(Encoding.UTF8.GetBytes(tag));
        }
        return [.. bytes];
    }

    private static void AddLength(List<byte> bytes, int length)
    {
        bytes.Add((byte)length);
        bytes.Add((byte)(length >> 8));
    }
}
