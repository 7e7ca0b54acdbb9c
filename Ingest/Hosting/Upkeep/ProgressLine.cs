using System;
using System.IO;
using System.Threading;

namespace Slungd.Ingest.Hosting.Upkeep;

/// <summary>On a terminal a line that says how far long work is, twice a second, until it is disposed; elsewhere
/// nothing.</summary>
internal sealed class ProgressLine : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly TextWriter _output;
    private readonly Timer? _timer;
    private bool _isShown, _isOver;

    /// <param name="text">Asked on another thread; gets the seconds since the start.</param>
    public ProgressLine(Func<long, string> text)
        : this(text, Console.Error, !Console.IsErrorRedirected, TimeProvider.System)
    {
    }

    internal ProgressLine(Func<long, string> text, TextWriter output, bool isTerminal, TimeProvider clock)
    {
        _output = output;
        if (!isTerminal) return;
        long start = clock.GetTimestamp();
        _timer = new Timer(_ => Show(text((long)clock.GetElapsedTime(start).TotalSeconds)), null, Interval, Interval);
    }

    /// <summary>A line that stays.</summary>
    public void WriteLine(string line)
    {
        lock (_lock)
        {
            Clear();
            _output.WriteLine(line);
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        lock (_lock)
        {
            _isOver = true;
            Clear();
        }
    }

    internal void Show(string text)
    {
        lock (_lock)
        {
            if (_isOver) return;
            _output.Write($"\r{text}\e[K");
            _isShown = true;
        }
    }

    private void Clear()
    {
        if (_isShown) _output.Write("\r\e[K");
        _isShown = false;
    }
}
