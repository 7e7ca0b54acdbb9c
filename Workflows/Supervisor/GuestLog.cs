using System;
using System.Text;
using System.Threading;
using Microsoft.Extensions.Logging;

namespace Slungd.Workflows.Supervisor;

/// <summary>What a guest prints, as lines: the last ones in memory, and all of them in the daemon's log, as far as the
/// rate allows; how many are left out is said. The workflow's thread writes, but for <see cref="Tell"/>; any thread
/// reads.</summary>
internal sealed class GuestLog(string name, WorkflowLimits limits, TimeProvider clock, ILogger log)
{
    private readonly Lock _lock = new();
    private readonly LogLine[] _ring = new LogLine[limits.LogLines];
    private readonly byte[][] _parts = [new byte[limits.LogLineBytes], new byte[limits.LogLineBytes]];
    private readonly int[] _lengths = new int[2];
    private readonly TokenBucket _rate = new(limits.LogLinesPerSecond, clock);
    private long _count; // lines that were ever in the ring
    private long _unsaid;

    /// <summary>Lines above the rate.</summary>
    public long LeftOut { get; private set; }

    /// <summary>Adds output; a line is complete with its newline, or when it is too long.</summary>
    /// <param name="stream">1 or 2.</param>
    /// <param name="bytes">Any bytes.</param>
    public void Print(int stream, ReadOnlySpan<byte> bytes)
    {
        byte[] part = _parts[stream - 1];
        ref int length = ref _lengths[stream - 1];
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)'\n');
            ReadOnlySpan<byte> piece = end < 0 ? bytes : bytes[..end];
            int room = part.Length - length;
            bool isFull = piece.Length > room;
            if (isFull) piece = piece[..room];
            piece.CopyTo(part.AsSpan(length));
            length += piece.Length;
            bytes = bytes[(piece.Length + (!isFull && end >= 0 ? 1 : 0))..];
            if (isFull || end >= 0) Complete(stream);
        }
    }

    /// <summary>Makes lines of what has no newline yet: the guest has ended.</summary>
    public void Flush()
    {
        for (int stream = 1; stream <= 2; stream++)
            if (_lengths[stream - 1] > 0) Complete(stream);
    }

    /// <summary>A line of the host's, about the guest.</summary>
    /// <param name="what">What it did.</param>
    /// <param name="why">Why that was refused.</param>
    public void Note(string what, string why)
    {
        if (!MayPass()) return;
        string text = what + why;
        text = PlainText.Of(text.Length <= limits.LogLineBytes ? text : text[..limits.LogLineBytes] + "...");
        Add(0, text);
        WorkflowsLog.Note(log, name, text);
    }

    /// <summary>A line of the host's that must not get lost among the guest's: not counted against the rate. Any
    /// thread.</summary>
    public void Tell(string text)
    {
        Add(0, text);
        WorkflowsLog.Note(log, name, text);
    }

    /// <summary>The last lines, oldest first.</summary>
    public LogLine[] Last(int most)
    {
        lock (_lock)
        {
            int count = (int)Math.Min(Math.Min(most, _count), _ring.Length);
            LogLine[] lines = new LogLine[count];
            for (int i = 0; i < count; i++) lines[i] = _ring[(_count - count + i) % _ring.Length];
            return lines;
        }
    }

    private void Complete(int stream)
    {
        ReadOnlySpan<byte> line = _parts[stream - 1].AsSpan(0, _lengths[stream - 1]);
        _lengths[stream - 1] = 0;
        if (!MayPass()) return;
        string text = PlainText.Of(Encoding.UTF8.GetString(line.TrimEnd((byte)'\r')));
        Add(stream, text);
        WorkflowsLog.Says(log, name, text);
    }

    private bool MayPass()
    {
        if (!_rate.TryTake())
        {
            _unsaid++;
            LeftOut++;
            return false;
        }
        if (_unsaid == 0) return true;
        long unsaid = _unsaid;
        _unsaid = 0;
        Tell($"{unsaid} lines were left out");
        return true;
    }

    private void Add(int stream, string text)
    {
        lock (_lock) _ring[_count++ % _ring.Length] = new LogLine(clock.GetUtcNow(), stream, text);
    }
}
