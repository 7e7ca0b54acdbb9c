using System;
using Slungd.Engine.Model;

namespace Slungd.Tests.Engine.Fakes;

/// <summary>Walks a <see cref="FrozenSeries"/> in blocks that begin at multiples of the block length, cut to the range.
/// A block that lies wholly inside the range comes as its summary when the caller accepts that.</summary>
internal sealed class FakeSeriesCursor(FakeSeriesReader owner, int blockLength) : SeriesCursor
{
    private FrozenSeries _series = null!;
    private TimeRange _range;
    private bool _acceptSummaries, _open;
    private int _end, _next, _first, _length;

    public override ValueFamily Family => _series.Family;

    public override ReadOnlySpan<long> Timestamps =>
        IsSummary ? throw Misuse() : _series.Timestamps.AsSpan(_first, _length);

    public override ReadOnlySpan<ulong> Values =>
        IsSummary ? throw Misuse() : _series.Values.AsSpan(_first, _length);

    public override ReadOnlySpan<byte> PayloadAt(int index) => _series.Payloads[(int)Values[index]];

    public void Start(FrozenSeries series, TimeRange range, bool acceptSummaries)
    {
        if (!_open) owner.CountCursors(1);
        _open = true;
        _series = series;
        _range = range;
        _acceptSummaries = acceptSummaries;
        _next = LowerBound(series.Timestamps, range.Start);
        _end = range.IsEmpty ? _next
            : range.End == long.MaxValue ? series.Timestamps.Length : LowerBound(series.Timestamps, range.End + 1);
        _length = 0;
        IsSummary = false;
    }

    public override bool MoveNext()
    {
        if (_next >= _end) return false;
        int blockStart = _next / blockLength * blockLength;
        int blockEnd = Math.Min(blockStart + blockLength, _series.Timestamps.Length);
        bool whole = _next == blockStart && blockEnd <= _end;
        _first = _next;
        _length = Math.Min(blockEnd, _end) - _next;
        _next += _length;
        IsSummary = false;
        if (_acceptSummaries && whole)
        {
            Summary = Summarize();
            IsSummary = true;
        }
        owner.CountBlock(IsSummary);
        return true;
    }

    public override void Dispose()
    {
        if (!_open) return;
        _open = false;
        owner.CountCursors(-1);
    }

    private BlockSummary Summarize()
    {
        BlockSummary summary = new()
        {
            Count = _length,
            FirstTimestamp = _series.Timestamps[_first],
            LastTimestamp = _series.Timestamps[_first + _length - 1],
            Min = double.NaN,
            Max = double.NaN,
        };
        if (!Family.IsNumeric()) return summary;
        double sum = 0, low = 0;
        for (int i = _first; i < _first + _length; i++)
        {
            double value = Family.ToDouble(_series.Values[i]);
            if (!(summary.Min <= value) && !double.IsNaN(value)) summary.Min = value;
            if (!(summary.Max >= value) && !double.IsNaN(value)) summary.Max = value;
            double next = sum + value;
            if (double.IsFinite(next))
                low += Math.Abs(sum) >= Math.Abs(value) ? sum - next + value : value - next + sum;
            sum = next;
        }
        summary.Sum = sum;
        summary.SumLow = double.IsFinite(sum) ? low : 0;
        summary.First = Family.ToDouble(_series.Values[_first]);
        summary.Last = Family.ToDouble(_series.Values[_first + _length - 1]);
        return summary;
    }

    private static int LowerBound(long[] timestamps, long at)
    {
        int index = Array.BinarySearch(timestamps, at);
        return index < 0 ? ~index : index;
    }

    private static InvalidOperationException Misuse() => new("this block is given only as its summary");
}
