using System;
using System.Threading;
using System.Threading.Tasks;

namespace Slungd.Ingest.Http;

/// <summary>Lets few queries run at once, so that probes and ingest keep their share of the processors, lets some more
/// wait, and turns the rest away.</summary>
internal sealed class QueryGate(int maxRunning, int maxWaiting) : IDisposable
{
    private readonly SemaphoreSlim _running = new(maxRunning);
    private int _waiting;

    /// <summary>Waits for a turn; false when too many wait already. After true the caller leaves when it is done.
    /// </summary>
    public async ValueTask<bool> TryEnter(CancellationToken cancellation) =>
        await Enter(Timeout.InfiniteTimeSpan, cancellation) == QueryTurn.Given;

    /// <summary>Waits for a turn, at most so long. When it is given the caller leaves when it is done.</summary>
    public async ValueTask<QueryTurn> Enter(TimeSpan patience, CancellationToken cancellation)
    {
        if (_running.Wait(TimeSpan.Zero, CancellationToken.None)) return QueryTurn.Given;
        try
        {
            if (Interlocked.Increment(ref _waiting) > maxWaiting) return QueryTurn.TooMany;
            return await _running.WaitAsync(patience, cancellation) ? QueryTurn.Given : QueryTurn.TimedOut;
        }
        finally { Interlocked.Decrement(ref _waiting); }
    }

    public void Leave() => _running.Release();

    public void Dispose() => _running.Dispose();
}
