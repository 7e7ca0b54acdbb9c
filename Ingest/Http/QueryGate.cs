using System;
using System.Threading;
using System.Threading.Tasks;

namespace Slungd.Ingest.Http;

/// <summary>Lets few queries run at once, so that probes and ingest keep their share of the processors, lets some more
/// wait, and turns the rest away.</summary>
internal sealed class QueryGate(int maxRunning, int maxWaiting) : IDisposable
{
    private readonly SemaphoreSlim _running = new(maxRunning);
    private int _waiting, _paused;

    /// <summary>Of answers that wait for their clients: each holds a view of the store and what it sends.</summary>
    public const int MaxPaused = 32;

    /// <summary>How many have given their turn to others for a while. From <see cref="MaxPaused"/> on no more that
    /// may do so should begin.</summary>
    public int Paused => Volatile.Read(ref _paused);

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

    /// <summary>Gives the turn to others for a while. The caller calls <see cref="Resume"/>, or <see cref="EndPause"/>
    /// instead of <see cref="Leave"/>.</summary>
    public void Pause()
    {
        Interlocked.Increment(ref _paused);
        _running.Release();
    }

    /// <summary>Waits for the turn again; when that is cancelled the pause goes on.</summary>
    public async ValueTask Resume(CancellationToken cancellation)
    {
        await _running.WaitAsync(cancellation);
        EndPause();
    }

    public void EndPause() => Interlocked.Decrement(ref _paused);

    public void Dispose() => _running.Dispose();
}
