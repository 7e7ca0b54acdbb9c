using System;

namespace Slungd.Ingest.Protocols;

/// <summary>Whether a door's cache of series is of use. Where most series are unknown, new or too many for the cache,
/// some requests do without it, the more the longer that lasts: resolving them many together is cheaper, and what comes
/// again and again will be known all the same.</summary>
internal struct CacheUse
{
    /// <summary>So many series tell.</summary>
    private const int JudgedSeries = 256;

    private const int MaxPause = 15;

    private int _hits, _misses; // since the cache was judged
    private int _pause; // requests without it to come
    private int _nextPause;

    /// <summary>Begins a request; whether it should use the cache.</summary>
    public bool Begin()
    {
        if (_hits + _misses >= JudgedSeries)
        {
            bool isUseful = _misses <= 2 * _hits;
            if (!isUseful) _pause = _nextPause;
            _nextPause = isUseful ? 0 : Math.Min(MaxPause, 2 * _nextPause + 1);
            (_hits, _misses) = (0, 0);
        }
        if (_pause == 0) return true;
        _pause--;
        return false;
    }

    /// <summary>A series was known.</summary>
    public void Hit() => _hits++;

    /// <summary>It was not.</summary>
    public void Miss() => _misses++;
}
