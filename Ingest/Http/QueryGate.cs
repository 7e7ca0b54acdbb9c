using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Slungd.Ingest.Http;

/// <summary>Lets few queries run at once, so that probes and ingest keep their share of the processors, lets some more
/// wait, and turns the rest away.</summary>
/// <param name="maxRunning">At once.</param>
/// <param name="maxWaiting">For their turn.</param>
/// <param name="maxPaused">Answers that wait for their clients: each holds a view of the store and what it sends.
/// </param>
internal sealed class QueryGate(int maxRunning, int maxWaiting, int maxPaused = 32) : IDisposable
{
    private readonly SemaphoreSlim _running = new(maxRunning);
    private readonly Lock _pausing = new();
    private readonly Dictionary<object, int> _pausedOf = []; // by client; those that have some
    private int _waiting, _paused;

    /// <summary>How many have given their turn to others for a while.</summary>
    public int Paused => Volatile.Read(ref _paused);

    /// <summary>Whether an answer may begin that may give its turn to others. A client may hold as many places as it
    /// leaves free for everybody else (dynamic thresholds; Choudhury and Hahne, 1998): no more than half of them, the
    /// next one half of the rest, so that neither one slow client nor some turn all others away.</summary>
    /// <param name="client">Who is told from others by being unequal.</param>
    public bool MayPause(object client)
    {
        lock (_pausing) return _pausedOf.GetValueOrDefault(client) < maxPaused - _paused;
    }

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
    public void Pause(object client)
    {
        CountPaused(client, 1);
        _running.Release();
    }

    /// <summary>Waits for the turn again; when that is cancelled the pause goes on.</summary>
    public async ValueTask Resume(object client, CancellationToken cancellation)
    {
        await _running.WaitAsync(cancellation);
        EndPause(client);
    }

    public void EndPause(object client) => CountPaused(client, -1);

    public void Dispose() => _running.Dispose();

    private void CountPaused(object client, int change)
    {
        lock (_pausing)
        {
            _paused += change;
            int own = _pausedOf.GetValueOrDefault(client) + change;
            if (own == 0) _pausedOf.Remove(client);
            else _pausedOf[client] = own;
        }
    }
}
