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
    public async ValueTask<bool> TryEnter(CancellationToken cancellation)
    {
        if (_running.Wait(TimeSpan.Zero, CancellationToken.None)) return true;
        try
        {
            if (Interlocked.Increment(ref _waiting) > maxWaiting) return false;
            await _running.WaitAsync(cancellation);
            return true;
        }
        finally { Interlocked.Decrement(ref _waiting); }
    }

    public void Leave() => _running.Release();

    public void Dispose() => _running.Dispose();
}
