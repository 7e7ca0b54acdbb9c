using System;
using System.Globalization;
using System.IO;

namespace Slungd.Ingest.Hosting.Sending;

/// <summary>What `slungd send` tells while it works: mistakes line by line up to a bound, and on a terminal a line that
/// moves. Any thread.</summary>
internal sealed class SendProgress(TextWriter output, bool isTerminal, TimeProvider clock)
{
    private const int MaxComplaints = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly object _gate = new();
    private readonly long _start = clock.GetTimestamp();
    private TimeSpan _shown;
    private int _complaints;
    private bool _lineOpen;

    public void Complain(string file, long line, string what)
    {
        lock (_gate)
        {
            _complaints++;
            if (_complaints > MaxComplaints) return;
            EndLine();
            output.WriteLine($"{file}:{line}: {what}");
            if (_complaints == MaxComplaints) output.WriteLine("further lines like these are only counted");
        }
    }

    /// <summary>A line that stays, about all of it.</summary>
    public void Tell(string what)
    {
        lock (_gate)
        {
            EndLine();
            output.WriteLine($"slungd: {what}");
        }
    }

    /// <summary>Shows how far it is, now and then.</summary>
    /// <param name="kept">Points acknowledged.</param>
    /// <param name="done">The share of the input that was read, 0 to 1; null when its size is unknown.</param>
    public void Show(long kept, double? done)
    {
        if (!isTerminal) return;
        TimeSpan elapsed = clock.GetElapsedTime(_start);
        if (elapsed - _shown < Interval) return;
        lock (_gate)
        {
            _shown = elapsed;
            string share = done is { } part ? $", {part:P0} read" : "";
            string rate = (kept / elapsed.TotalSeconds).ToString("N0", CultureInfo.InvariantCulture);
            output.Write(string.Create(CultureInfo.InvariantCulture, $"\r{kept:N0} points kept, {rate}/s{share}\e[K"));
            _lineOpen = true;
        }
    }

    public void Finish(long kept, long refused, long bad)
    {
        lock (_gate)
        {
            EndLine();
            double seconds = clock.GetElapsedTime(_start).TotalSeconds;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{kept} points kept, {refused} refused, {bad} bad lines, {seconds:F1} s"));
        }
    }

    /// <summary>Removes the moving line.</summary>
    public void End()
    {
        lock (_gate) EndLine();
    }

    private void EndLine()
    {
        if (_lineOpen) output.Write("\r\e[K");
        _lineOpen = false;
    }
}
