using System;
using System.Buffers.Binary;
using System.Text.Unicode;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.Protobuf;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Protocols.RemoteWrite;

/// <summary>Prometheus remote write, decoded (prometheus.io/docs/specs/prw/remote_write_spec, ..._2_0): series and
/// samples go into a <see cref="WriteBatch"/>; a series that can't be stored is counted and named, its neighbours
/// stand. Reused; one thread.
/// <code>
/// 1.0  prometheus.WriteRequest           1 timeseries { 1 labels { 1 name, 2 value }, 2 samples, 3 exemplars,
///                                        4 histograms }, 3 metadata { 1 type, 2 family, 4 help, 5 unit }
/// 2.0  io.prometheus.write.v2.Request    4 symbols, 5 timeseries { 1 labels_refs, 2 samples, 3 histograms,
///                                        4 exemplars, 5 metadata { 1 type, 3 help_ref, 4 unit_ref },
///                                        6 created_timestamp }
/// both sample { 1 f64 value, 2 i64 milliseconds }
/// </code></summary>
/// <param name="precision">The sink's.</param>
/// <param name="batch">Receives the points; its owner clears it before and commits it afterwards.</param>
/// <param name="notes">Receives metadata and exemplars.</param>
/// <param name="encode">Makes the payload of a native histogram; null when it is none.</param>
/// <param name="cache">Remembers series by their labels as they were sent; null: they are always read.</param>
internal sealed partial class RemoteWriteDecoder(Precision precision, WriteBatch batch, IMetricNotes notes,
    Func<HistogramMessage, byte[]?> encode, LineCache? cache = null)
{
    private const int LabelsField = 1, V1Histograms = 4, V2Histograms = 3;

    private readonly long _perMillisecond = precision.PerSecond() / 1000; // 0: the store's unit is a second
    private bool _isUsable; // the series at hand
    private bool _isSorted; // its labels, as they must be
    private bool _areTextsChecked; // all of the message are in UTF-8
    private bool _isNoted; // its labels are the notes'
    private readonly LabelNames _names = new(); // its labels', when they are not sorted

    private readonly HistogramMessage _histogram = new();
    private readonly RefusalLog _histograms = new(); // their numbers in the batch, as runs

    /// <summary>What the request held.</summary>
    public RemoteWriteCounts Counts { get; } = new();

    /// <summary>Why the first series could not be used; null when all could.</summary>
    public string? Problem { get; private set; }

    /// <summary>Decodes a request of version 1.0.</summary>
    /// <param name="body">The message, uncompressed.</param>
    /// <returns>False when it is not such a message: <see cref="Problem"/> says up to where it was. What stood before
    /// is in the batch.</returns>
    public bool TryDecode(ReadOnlySpan<byte> body)
    {
        Begin();
        _isCacheUsed = cache is not null && _use.Begin();
        _areTextsChecked = false;
        var request = new ProtoReader(body);
        while (request.MoveNext())
        {
            bool isRead = request.Field switch
            {
                1 when request.IsBytes => TryReadSeries(request.Bytes),
                3 when request.IsBytes => TryReadMetadata(request.Bytes),
                _ => true,
            };
            if (!isRead) return Fail();
        }
        return !request.IsMalformed || Fail();
    }

    /// <summary>After the commit: how many histograms were not refused.</summary>
    public long HistogramsKept()
    {
        long kept = Counts.Histograms;
        ReadOnlySpan<Refusal> refusals = batch.Refusals.Runs;
        foreach (Refusal histograms in _histograms.Runs)
        {
            // Both are in order: what ends before these ends before all that follow.
            while (!refusals.IsEmpty && refusals[0].First + refusals[0].Count <= histograms.First)
                refusals = refusals[1..];
            int end = histograms.First + histograms.Count;
            foreach (Refusal refused in refusals)
            {
                if (refused.First >= end) break;
                kept -= Math.Min(end, refused.First + refused.Count) - Math.Max(histograms.First, refused.First);
            }
        }
        return kept;
    }

    private void Begin()
    {
        Counts.Clear();
        _histograms.Clear();
        Problem = null;
    }

    private bool Fail()
    {
        Problem = $"expected a remote write message; it is malformed at or behind series {Counts.Series}";
        return false;
    }

    private bool TryReadSeries(ReadOnlySpan<byte> series)
    {
        Counts.Series++;
        if (IsUsual(series, out int samples)) return TryReadUsual(series, samples);
        if (!TryReadLabels(series)) return false;
        bool hasHistograms = false;
        var fields = new ProtoReader(series);
        while (fields.MoveNext())
        {
            if (!fields.IsBytes) continue;
            hasHistograms |= fields.Field == V1Histograms;
            bool isRead = fields.Field switch
            {
                2 => TryAddSample(fields.Bytes),
                3 => TryAddExemplar(series, fields.Bytes),
                _ => true,
            };
            if (!isRead) return false;
        }
        if (fields.IsMalformed) return false;
        return !hasHistograms || TryReadLabels(series) && TryAddHistograms(series, V1Histograms);
    }

    /// <summary>Histograms are points of a series of their own, which has the same labels: a series holds one family.
    /// </summary>
    private bool TryAddHistograms(ReadOnlySpan<byte> series, int field)
    {
        if (_isUsable) batch.AddTag(SeriesLabels.HistogramTag);
        var fields = new ProtoReader(series);
        while (fields.MoveNext())
            if (fields.Field == field && fields.IsBytes && !TryAddHistogram(fields.Bytes)) return false;
        return true;
    }

    /// <summary>Begins the series in the batch, if it can be stored. False when the message is malformed.</summary>
    private bool TryReadLabels(ReadOnlySpan<byte> series)
    {
        if (!TryFindMetric(series, out ReadOnlySpan<byte> metric)) return false;
        BeginSeries(metric);
        ReadOnlySpan<byte> previous = default;
        var fields = new ProtoReader(series);
        while (fields.MoveNext())
        {
            if (fields.Field != LabelsField || !fields.IsBytes) continue;
            if (!TryReadLabel(fields.Bytes, out var name, out var value)) return false;
            AddLabel(previous, name, value);
            previous = name;
        }
        if (fields.IsMalformed || _isSorted) return !fields.IsMalformed;
        _names.Clear();
        fields = new ProtoReader(series);
        while (fields.MoveNext())
        {
            if (fields.Field != LabelsField || !fields.IsBytes) continue;
            if (TryReadLabel(fields.Bytes, out var name, out _)) _names.Add(name);
        }
        RefuseTwins();
        return true;
    }

    /// <summary>The value of `__name__`, which stands first, or nearly so: labels are sorted.</summary>
    private static bool TryFindMetric(ReadOnlySpan<byte> series, out ReadOnlySpan<byte> metric)
    {
        metric = default;
        var fields = new ProtoReader(series);
        while (fields.MoveNext())
        {
            if (fields.Field != LabelsField || !fields.IsBytes) continue;
            if (!TryReadLabel(fields.Bytes, out var name, out metric)) return false;
            if (name.SequenceEqual("__name__"u8)) return true;
        }
        metric = default;
        return !fields.IsMalformed;
    }

    private void BeginSeries(ReadOnlySpan<byte> metric)
    {
        _isUsable = _isSorted = true;
        _isNoted = false;
        if (metric.IsEmpty) Skip("expected a label __name__ that is not empty");
        else batch.BeginSeries(metric);
    }

    private void AddLabel(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!_isUsable) return;
        _isSorted &= previous.SequenceCompareTo(name) < 0;
        if (name.IsEmpty || name.Contains((byte)'=')) Skip("a label name is empty or contains '='");
        else if (!_areTextsChecked && !(Utf8.IsValid(name) && Utf8.IsValid(value))) Skip("a label is not in UTF-8");
        else if (!name.SequenceEqual("__name__"u8)) batch.AddLabel(name, value);
    }

    private void RefuseTwins()
    {
        if (_isUsable && _names.HasTwins()) Skip("a label stands twice");
    }

    private static bool TryReadLabel(ReadOnlySpan<byte> label, out ReadOnlySpan<byte> name,
        out ReadOnlySpan<byte> value)
    {
        // As every sender writes it: both texts, in this order, shorter than 128 bytes.
        if (label.Length >= 4 && label[0] == 0x0a && label[1] < Math.Min(0x80, label.Length - 3))
        {
            int second = 2 + label[1];
            if (label[second] == 0x12 && label[second + 1] == label.Length - second - 2 && label[second + 1] < 0x80)
            {
                name = label[2..second];
                value = label[(second + 2)..];
                return true;
            }
        }
        name = value = default;
        var fields = new ProtoReader(label);
        while (fields.MoveNext())
        {
            if (!fields.IsBytes) continue;
            if (fields.Field == 1) name = fields.Bytes;
            else if (fields.Field == 2) value = fields.Bytes;
        }
        return !fields.IsMalformed;
    }

    private bool TryAddSample(ReadOnlySpan<byte> sample)
    {
        if (!TryReadSample(sample, out double value, out long milliseconds)) return false;
        Counts.Samples++;
        if (TryTakeTime(milliseconds, out long timestamp)) batch.AddFloat(timestamp, value);
        return true;
    }

    private static bool TryReadSample(ReadOnlySpan<byte> sample, out double value, out long milliseconds)
    {
        // As every sender writes it: the value, then the time.
        int at = 2 + sizeof(double);
        if (sample.Length > at && sample[0] == 0x09 && sample[at - 1] == 0x10
            && Varint.TryRead(sample, ref at, out ulong time) && at == sample.Length)
        {
            value = BinaryPrimitives.ReadDoubleLittleEndian(sample[1..]);
            milliseconds = (long)time;
            return true;
        }
        value = 0;
        milliseconds = 0;
        var fields = new ProtoReader(sample);
        while (fields.MoveNext())
        {
            if (fields is { Field: 1, IsFixed64: true }) value = fields.Double;
            else if (fields is { Field: 2, IsVarint: true }) milliseconds = fields.Int64;
        }
        return !fields.IsMalformed;
    }

    /// <summary>The time in store units; false when the point can't be stored, which the batch notes.</summary>
    private bool TryTakeTime(long milliseconds, out long timestamp)
    {
        if (FitsTime(milliseconds, out timestamp) && _isUsable) return true;
        batch.AddRefused(!_isUsable ? RefusalCode.Malformed
            : milliseconds < 0 ? RefusalCode.TooOld : RefusalCode.TooNew);
        return false;
    }

    private bool FitsTime(long milliseconds, out long timestamp) => _perMillisecond > 0
        ? Math.BigMul(milliseconds, _perMillisecond, out timestamp) == timestamp >> 63
        : precision.TryConvert(milliseconds, Precision.Milliseconds, out timestamp);

    private void Skip(string problem)
    {
        _isUsable = false;
        Problem ??= $"series {Counts.Series}: {problem}";
    }
}
