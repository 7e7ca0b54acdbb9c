using System;
using System.Globalization;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>Keeps one running query inside its bounds: asked for every block and every new window.</summary>
internal sealed class QueryGuard
{
    private const int BlocksPerLook = 64; // reading the clock costs more than adding a summary

    private readonly TimeProvider _clock;
    private readonly QueryOptions _options;
    private readonly long _started;
    private readonly int _maxWindows;
    private int _windows;
    private int _blocks;

    public QueryGuard(TimeProvider clock, in QueryOptions options, Limits limits)
    {
        _clock = clock;
        _options = options;
        _maxWindows = limits.MaxWindows;
        _started = options.TimeLimit > TimeSpan.Zero ? clock.GetTimestamp() : 0;
    }

    public QueryStatus Status { get; private set; }

    public string? Error { get; private set; }

    /// <summary>False when the query must end now; <see cref="Status"/> says why. Looks at the clock now and
    /// then.</summary>
    public bool MayReadBlock() => ++_blocks % BlocksPerLook != 0 ? Status == QueryStatus.Done : MayGoOn();

    /// <summary>As <see cref="MayReadBlock"/>, and always looks.</summary>
    public bool MayGoOn()
    {
        if (_options.Cancellation.IsCancellationRequested)
            return Stop(QueryStatus.Cancelled, "the query was cancelled");
        if (_options.TimeLimit > TimeSpan.Zero && _clock.GetElapsedTime(_started) >= _options.TimeLimit)
        {
            string seconds = _options.TimeLimit.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
            return Stop(QueryStatus.TimedOut, $"the query took longer than {seconds} s: expected a shorter range");
        }
        return Status == QueryStatus.Done;
    }

    /// <summary>Accounts for one more window or group.</summary>
    public bool MayAddWindow() => ++_windows <= _maxWindows || Stop(QueryStatus.TooLarge,
        $"more than {_maxWindows} windows and groups: expected a shorter range, longer windows or fewer BY keys");

    private bool Stop(QueryStatus status, string error)
    {
        Status = status;
        Error = error;
        return false;
    }
}
