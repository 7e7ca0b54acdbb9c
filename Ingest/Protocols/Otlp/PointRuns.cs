using System;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>Which samples of a batch belong to one data point: a histogram gives many. As runs of data points with the
/// same number of samples, bounded; beyond that each sample counts as a point.</summary>
internal sealed class PointRuns
{
    private const int MaxRuns = 100_000;

    private Run[] _runs = new Run[64];
    private int _count;

    public void Clear() => _count = 0;

    /// <summary>Adds a data point behind those before.</summary>
    /// <param name="first">The number of its first sample.</param>
    /// <param name="samples">At least one.</param>
    public void Add(int first, int samples)
    {
        if (_count > 0)
        {
            ref Run last = ref _runs[_count - 1];
            if (last.Samples == samples && last.End == first)
            {
                last.End += samples;
                return;
            }
        }
        if (_count == MaxRuns) return;
        if (_count == _runs.Length) Array.Resize(ref _runs, Math.Min(MaxRuns, _count * 2));
        _runs[_count++] = new Run { First = first, End = first + samples, Samples = samples };
    }

    /// <summary>How many data points lost a sample at least.</summary>
    public long Refused(RefusalLog refusals)
    {
        long points = 0;
        int run = 0;
        long lastPoint = -1; // counted last
        int lastRun = -1;
        foreach (Refusal refused in refusals.Runs)
        {
            int end = refused.First + refused.Count;
            while (run < _count && _runs[run].End <= refused.First) run++;
            for (int r = run; r < _count && _runs[r].First < end; r++)
            {
                Run own = _runs[r];
                long from = (Math.Max(own.First, refused.First) - own.First) / own.Samples;
                long to = (Math.Min(own.End, end) - 1 - own.First) / own.Samples;
                points += to - from + 1 - (lastRun == r && lastPoint == from ? 1 : 0);
                (lastRun, lastPoint) = (r, to);
            }
            bool isBeyond = _count == MaxRuns && end > _runs[_count - 1].End;
            if (isBeyond) points += end - Math.Max(refused.First, _runs[_count - 1].End);
        }
        return points;
    }

    private struct Run
    {
        public int First;
        public int End;
        public int Samples;
    }
}
