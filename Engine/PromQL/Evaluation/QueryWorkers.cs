using System;
using System.Threading;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Bounds the threads that evaluate queries: helpers are given only while all queries and helpers of the
/// process are fewer than the processors. Any thread.</summary>
/// <param name="processors">Threads in all; a query's own is never refused, but counted.</param>
/// <param name="worthwhile">Samples and steps still to be evaluated from which on help is asked for: less is done
/// before another thread is awake.</param>
internal sealed class QueryWorkers(int processors, long worthwhile = 16_384)
{
    private int _busy;
    private long _helped;

    /// <summary>Series that helpers have evaluated.</summary>
    public long Helped => Volatile.Read(ref _helped);

    public int Processors { get; } = processors;

    public long Worthwhile { get; } = worthwhile;

    /// <summary>A query begins on its own thread.</summary>
    public void Enter() => Interlocked.Increment(ref _busy);

    /// <summary>A query or a helper has ended.</summary>
    public void Leave() => Interlocked.Decrement(ref _busy);

    /// <summary>Takes a processor that nobody uses.</summary>
    public bool TryEnter()
    {
        int busy = Volatile.Read(ref _busy);
        while (busy < Processors)
        {
            int seen = Interlocked.CompareExchange(ref _busy, busy + 1, busy);
            if (seen == busy) return true;
            busy = seen;
        }
        return false;
    }

    public void CountHelp(int series) => Interlocked.Add(ref _helped, series);
}
