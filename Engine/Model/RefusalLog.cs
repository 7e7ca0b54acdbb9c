using System;
using System.Collections.Generic;

namespace Slungd.Engine.Model;

/// <summary>A run of refused points: <paramref name="First"/> counts from the start of the append call.</summary>
internal readonly record struct Refusal(int First, int Count, RefusalCode Code);

/// <summary>Collects the refused points of append calls as runs. Owned and reused by one caller; grows only when a
/// batch has more runs of refusals than any before it, and gives back what is large.</summary>
internal sealed class RefusalLog
{
    private const int FirstRuns = 16;
    private const int SpareRuns = 16_384;

    private Refusal[] _runs = new Refusal[FirstRuns];
    private int _count;

    public ReadOnlySpan<Refusal> Runs => _runs.AsSpan(0, _count);

    /// <summary>How many points the runs name.</summary>
    public long Points { get; private set; }

    public void Clear()
    {
        _count = 0;
        Points = 0;
        if (_runs.Length > SpareRuns) _runs = new Refusal[FirstRuns]; // of a batch like few others
    }

    /// <summary>Adds points; a run that continues the last one with the same code is merged into it.</summary>
    public void Add(int first, int count, RefusalCode code)
    {
        Points += count;
        if (_count > 0)
        {
            ref Refusal last = ref _runs[_count - 1];
            if (last.Code == code && last.First + last.Count == first)
            {
                last = last with { Count = last.Count + count };
                return;
            }
        }
        if (_count == _runs.Length) Array.Resize(ref _runs, _count * 2);
        _runs[_count++] = new Refusal(first, count, code);
    }

    /// <summary>Takes the refusals with a code back that were added since there were <paramref name="firstRun"/> runs:
    /// the points are tried again.</summary>
    /// <returns>Their indexes, ascending.</returns>
    public int[] TakeBack(int firstRun, RefusalCode code)
    {
        List<int> points = [];
        int kept = firstRun;
        foreach (Refusal run in _runs.AsSpan(firstRun, _count - firstRun))
        {
            if (run.Code != code) _runs[kept++] = run;
            else for (int i = 0; i < run.Count; i++) points.Add(run.First + i);
        }
        _count = kept;
        Points -= points.Count;
        points.Sort();
        return [.. points];
    }

    /// <summary>Why a point was refused; None when it was not. The runs are in order.</summary>
    public RefusalCode CodeOf(int index)
    {
        int low = 0, high = _count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            Refusal run = _runs[middle];
            if (index < run.First) high = middle - 1;
            else if (index >= run.First + run.Count) low = middle + 1;
            else return run.Code;
        }
        return RefusalCode.None;
    }

    /// <summary>Orders the runs by point index; a sink that groups by shard reports them out of order.</summary>
    public void Sort() => _runs.AsSpan(0, _count).Sort(static (a, b) => a.First.CompareTo(b.First));
}
