using System.Threading;

namespace Slungd.Ingest.Net;

/// <summary>Lets one log line through per interval, with the number of things that happened since the last one. Any
/// thread.</summary>
internal sealed class LogLimiter(long intervalMs)
{
    private readonly Lock _lock = new();
    private long _nextMs = long.MinValue;
    private long _held;

    /// <summary>True when a line may be written now, about <paramref name="total"/> things.</summary>
    public bool MayLog(long nowMs, long count, out long total)
    {
        lock (_lock)
        {
            _held += count;
            total = _held;
            if (nowMs < _nextMs) return false;
            _nextMs = nowMs + intervalMs;
            _held = 0;
            return true;
        }
    }
}
