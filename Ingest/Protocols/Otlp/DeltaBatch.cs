using System;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>The deltas of a <see cref="WriteBatch"/>: added up in a <see cref="DeltaTable"/> before the store is asked,
/// and taken back where it refused their sums, for whatever reason. So the table holds what was stored last. (A delta
/// stays that was refused, and another of its series kept behind it in the same batch: that one's value has both.)
/// Reused; one thread.</summary>
/// <param name="table">Shared by all.</param>
/// <param name="batch">The next point that is added to it is that of the delta added before.</param>
internal sealed class DeltaBatch(DeltaTable table, WriteBatch batch)
{
    private DeltaChange[] _changes = new DeltaChange[16];
    private int _count;
    private int _settled; // points of the batch whose answers were looked at
    private bool _holdPayloads;

    public void Clear()
    {
        if (_holdPayloads) Array.Clear(_changes, 0, _count);
        (_count, _settled, _holdPayloads) = (0, 0, false);
    }

    /// <inheritdoc cref="DeltaTable.TryBegin"/>
    public bool TryBegin(SeriesId series, ulong time, ulong bounds, out bool startsAnew) =>
        table.TryBegin(series, time, bounds, out startsAnew, ref Next()) && Keep();

    /// <inheritdoc cref="DeltaTable.TryAdd(SeriesId, ulong, double, bool, out double, ref DeltaChange)"/>
    public bool TryAdd(SeriesId series, ulong time, double delta, bool startsAnew, out double total) =>
        table.TryAdd(series, time, delta, startsAnew, out total, ref Next()) && Keep();

    /// <inheritdoc cref="DeltaTable.TryAdd(SeriesId, ulong, OtlpHistogram, out byte[], ref DeltaChange)"/>
    public bool TryAdd(SeriesId series, ulong time, OtlpHistogram delta, out byte[]? total)
    {
        _holdPayloads = true;
        return table.TryAdd(series, time, delta, out total, ref Next()) && Keep();
    }

    /// <summary>Makes room for the points of a delta, so that none of them has its answer before the others, and takes
    /// back what was refused of those before.</summary>
    public void MakeRoom(int points)
    {
        batch.MakeRoom(points);
        if (batch.Answered > _settled) Settle();
    }

    /// <summary>Takes back what was refused of the points that have their answer. Where others have none yet (a series
    /// that begins may hand over those before it, after room was made), they are kept, and what was refused with them:
    /// it can only be taken back after what was added to it.</summary>
    public void Settle()
    {
        RefusalLog refusals = batch.Refusals;
        _settled = batch.Answered;
        for (int i = _count - 1; i >= 0 && refusals.Points > 0; i--)
            if (refusals.CodeOf(_changes[i].Point) != RefusalCode.None) table.TakeBack(_changes[i]);
        int left = 0;
        if (_count > 0 && _changes[_count - 1].Point >= _settled)
            for (int i = 0; i < _count; i++)
                if (_changes[i].Point >= _settled || refusals.CodeOf(_changes[i].Point) != RefusalCode.None)
                    _changes[left++] = _changes[i];
        if (_holdPayloads) Array.Clear(_changes, left, _count - left);
        (_count, _holdPayloads) = (left, _holdPayloads && left > 0);
    }

    private ref DeltaChange Next()
    {
        if (_count == _changes.Length) Array.Resize(ref _changes, 2 * _count);
        return ref _changes[_count];
    }

    private bool Keep()
    {
        _changes[_count++].Point = batch.Count;
        return true;
    }
}
