using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Native.Checks;
using Slungd.Native.Os;

namespace Slungd.Engine.Notes;

/// <summary>The newest exemplars of all series together, bounded by number and bytes: the oldest go first. Any thread.
/// A record of its file, `exemplars`: `i64 timestamp | f64 value | u32 series_len | series | labels`.</summary>
/// <param name="maxExemplars">How many are kept.</param>
/// <param name="maxBytes">Of labels together.</param>
internal sealed class ExemplarStore(int maxExemplars, long maxBytes) : IDisposable
{
    private const int MaxLabelBytes = 1024; // OpenMetrics allows 128 characters
    private const int MaxSeriesBytes = 16 * 1024;
    private const int RecordBytes = 20;
    private const int SpareBytes = 256 * 1024;

    private readonly Lock _lock = new();
    private readonly Queue<Exemplar> _exemplars = [];
    private readonly Dictionary<byte[], Exemplar> _latest = new(BytesComparer.Instance); // of each series
    private readonly byte[] _record = new byte[RecordBytes + MaxSeriesBytes + MaxLabelBytes];
    private NoteLog? _log;
    private long _bytes;

    public int Count
    {
        get { lock (_lock) return _exemplars.Count; }
    }

    /// <summary>Reads the file of a data directory, and keeps what comes in it from now on.</summary>
    /// <returns>False when the file was damaged; see <see cref="NoteLog.Open"/>.</returns>
    public bool Open(IDisk disk, string directory)
    {
        lock (_lock)
        {
            Invariant.Check(_log is null); // what is read is not appended again; if the disk fails, it stays in memory
            return NoteLog.Open(disk, directory, NoteFile.Exemplars, Take, out _log);
        }
    }

    /// <summary>Keeps an exemplar, unless its series' last one is the same, or newer.</summary>
    /// <param name="series">See <see cref="Exemplar.Series"/>.</param>
    /// <param name="timestamp">In store precision.</param>
    /// <param name="value">Any float.</param>
    /// <param name="labels">See <see cref="Exemplar.Labels"/>.</param>
    /// <returns>False when it is older than the series' last one, or too long.</returns>
    public bool Add(ReadOnlySpan<byte> series, long timestamp, double value, ReadOnlySpan<byte> labels)
    {
        if (series.Length > MaxSeriesBytes || labels.Length > MaxLabelBytes) return false;
        lock (_lock)
        {
            var latest = _latest.GetAlternateLookup<ReadOnlySpan<byte>>();
            bool isKnown = latest.TryGetValue(series, out byte[]? key, out Exemplar? last);
            if (isKnown && last!.Timestamp > timestamp) return false;
            bool isSame = isKnown && last!.Timestamp == timestamp && last.Value.Equals(value)
                && labels.SequenceEqual(last.Labels);
            if (isSame) return true;
            Exemplar exemplar = new(key ?? series.ToArray(), timestamp, value, labels.ToArray());
            _exemplars.Enqueue(exemplar);
            _latest[exemplar.Series] = exemplar;
            _bytes += BytesOf(exemplar);
            while (_exemplars.Count > maxExemplars || _bytes > maxBytes) DropOldest();
            _log?.Append(Encode(exemplar));
            return true;
        }
    }

    /// <summary>All exemplars in a range of time, in the order in which they came.</summary>
    public List<Exemplar> Read(TimeRange range)
    {
        List<Exemplar> found = [];
        lock (_lock)
        {
            foreach (Exemplar exemplar in _exemplars)
                if (range.Contains(exemplar.Timestamp)) found.Add(exemplar);
        }
        return found;
    }

    /// <summary>Makes everything durable. Call now and then.</summary>
    /// <exception cref="DiskException">The disk fails; the next call tries again.</exception>
    public void Sync()
    {
        lock (_lock)
        {
            if (_log is null) return;
            if (_log.IsOutgrown || _log.Bytes > 2 * _bytes + SpareBytes) _log.Rewrite(WriteAll);
            else _log.Sync();
        }
    }

    public void Dispose() => _log?.Dispose();

    private static int BytesOf(Exemplar exemplar) =>
        8 + RecordBytes + exemplar.Series.Length + exemplar.Labels.Length;

    private void DropOldest()
    {
        Exemplar oldest = _exemplars.Dequeue();
        _bytes -= BytesOf(oldest);
        if (ReferenceEquals(_latest[oldest.Series], oldest)) _latest.Remove(oldest.Series);
    }

    private void WriteAll()
    {
        foreach (Exemplar exemplar in _exemplars) _log!.Append(Encode(exemplar));
    }

    private ReadOnlySpan<byte> Encode(Exemplar exemplar)
    {
        Span<byte> to = _record;
        BinaryPrimitives.WriteInt64LittleEndian(to, exemplar.Timestamp);
        BinaryPrimitives.WriteDoubleLittleEndian(to[8..], exemplar.Value);
        BinaryPrimitives.WriteInt32LittleEndian(to[16..], exemplar.Series.Length);
        exemplar.Series.CopyTo(to[RecordBytes..]);
        exemplar.Labels.CopyTo(to[(RecordBytes + exemplar.Series.Length)..]);
        return to[..(RecordBytes + exemplar.Series.Length + exemplar.Labels.Length)];
    }

    private void Take(ReadOnlySpan<byte> record)
    {
        if (record.Length < RecordBytes) return;
        uint seriesLength = BinaryPrimitives.ReadUInt32LittleEndian(record[16..]);
        if (seriesLength > (uint)(record.Length - RecordBytes)) return;
        ReadOnlySpan<byte> labels = record[(RecordBytes + (int)seriesLength)..];
        ReadOnlySpan<byte> series = record.Slice(RecordBytes, (int)seriesLength);
        if (!Exemplar.AreLabelsSound(series) || !Exemplar.AreLabelsSound(labels)) return;
        Add(series, BinaryPrimitives.ReadInt64LittleEndian(record),
            BinaryPrimitives.ReadDoubleLittleEndian(record[8..]), labels);
    }
}
