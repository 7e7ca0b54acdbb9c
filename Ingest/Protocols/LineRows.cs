using System;
using System.Runtime.CompilerServices;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols;

/// <summary>The points of lines of text on their way to the sink: a line's time may come last, a line that can't be
/// read takes its points back, and what the sink refuses is known by its line.
/// <code>
/// rows.Clear();
/// ref EventRow row = ref rows.Next(); // series, family and bits; then the next of the line
/// rows.EndLine(number, timestamp);    // or DropLine
/// rows.HandOver();                    // Commit, Refusals
/// </code>
/// Reused, allocates nothing once it has grown; one thread.</summary>
internal sealed class LineRows(IEventSink sink)
{
    /// <summary>Points and bytes of values that are enough to hand over.</summary>
    private const int EnoughRows = 8192;
    private const int EnoughBytes = 1 << 20;

    private readonly RefusalLog _call = new(); // of one call to the sink
    private EventRow[] _rows = new EventRow[64];
    private int _count;
    private int _lineStart; // the first row of the line that is being read
    private byte[] _payload = [];
    private int _payloadBytes;
    private int _payloadStart; // of the line
    private (long Number, int End)[] _lines = new (long, int)[64]; // whose rows are here, and where they end
    private int _lineCount;
    private bool _hasRefused; // rows without a series, whose bits are the code
    private int _handedOver;

    /// <summary>Points of whole lines since <see cref="Clear"/>.</summary>
    public int Count => _handedOver + _count;

    /// <summary>The commit number that covers all points; 0 when none was kept.</summary>
    public ulong Commit { get; private set; }

    /// <summary>What was refused, in order, by the points' numbers.</summary>
    public RefusalLog Refusals { get; } = new();

    /// <summary>The line of the first refused point; 0 while there is none.</summary>
    public long FirstRefusedLine { get; private set; }

    public void Clear()
    {
        Refusals.Clear();
        Forget();
        (_handedOver, Commit, FirstRefusedLine) = (0, 0, 0);
    }

    /// <summary>Room for the line's next point; its timestamp comes with the line's end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref EventRow Next()
    {
        if (_count == _rows.Length) Array.Resize(ref _rows, _rows.Length * 2);
        return ref _rows[_count++];
    }

    /// <summary>Which of the line's points came last.</summary>
    public int LastOfLine => _count - 1 - _lineStart;

    /// <summary>A point of the line that is being read.</summary>
    public ref EventRow OfLine(int index) => ref _rows[_lineStart + index];

    /// <summary>Room for the bytes of a value, of which <see cref="EndPayload"/> says how many were needed.</summary>
    public Span<byte> BeginPayload(int maxBytes)
    {
        if (_payload.Length - _payloadBytes < maxBytes)
            Array.Resize(ref _payload, Math.Max(_payloadBytes + maxBytes, Math.Max(4096, _payload.Length * 2)));
        return _payload.AsSpan(_payloadBytes, maxBytes);
    }

    /// <returns>The value's bits.</returns>
    public ulong EndPayload(int length)
    {
        var at = new PayloadRef((uint)_payloadBytes, (uint)length);
        _payloadBytes += length;
        return at.ToBits();
    }

    /// <summary>Refuses a point of the line.</summary>
    public void Refuse(ref EventRow row, RefusalCode code)
    {
        _hasRefused = true;
        row.Series = SeriesId.None;
        row.Family = ValueFamily.None;
        row.Bits = (ulong)code;
    }

    /// <summary>All points of the line are of this time.</summary>
    /// <param name="number">The line's, from 1.</param>
    /// <param name="timestamp">In store precision.</param>
    public void EndLine(long number, long timestamp)
    {
        foreach (ref EventRow row in _rows.AsSpan(_lineStart, _count - _lineStart)) row.Timestamp = timestamp;
        EndLine(number);
    }

    /// <summary>None of the line's points can be kept.</summary>
    public void RefuseLine(long number, RefusalCode code)
    {
        foreach (ref EventRow row in _rows.AsSpan(_lineStart, _count - _lineStart)) Refuse(ref row, code);
        EndLine(number);
    }

    /// <summary>As if the line had never been.</summary>
    public void DropLine() => (_count, _payloadBytes) = (_lineStart, _payloadStart);

    /// <summary>Gives the sink what was gathered.</summary>
    public void HandOver()
    {
        if (_hasRefused) AppendKnown();
        else if (_count > 0) Append(0, _count);
        _handedOver += _count;
        Forget();
    }

    private void EndLine(long number)
    {
        if (_count == _lineStart) return; // a line of dropped strings
        if (_lineCount == _lines.Length) Array.Resize(ref _lines, _lineCount * 2);
        _lines[_lineCount++] = (number, _count);
        (_lineStart, _payloadStart) = (_count, _payloadBytes);
        if (_count >= EnoughRows || _payloadBytes >= EnoughBytes) HandOver();
    }

    private void Forget() => (_count, _lineStart, _payloadBytes, _payloadStart, _lineCount, _hasRefused) =
        (0, 0, 0, 0, 0, false);

    /// <summary>Appends the stretches between rows that are refused already.</summary>
    private void AppendKnown()
    {
        for (int start = 0; start < _count;)
        {
            int end = start;
            while (end < _count && _rows[end].Family != ValueFamily.None) end++;
            if (end > start) Append(start, end);
            if (end < _count)
            {
                RefusalCode code = (RefusalCode)_rows[end].Bits;
                Note(end, 1, code);
                sink.CountRefused(1, code);
            }
            start = end + 1;
        }
    }

    private void Append(int start, int end)
    {
        _call.Clear();
        ulong commit = sink.AppendRows(0, _rows.AsSpan(start, end - start), _payload.AsSpan(0, _payloadBytes), _call);
        _call.Sort();
        foreach (Refusal refused in _call.Runs) Note(start + refused.First, refused.Count, refused.Code);
        if (_call.Points < end - start) Commit = Math.Max(Commit, commit);
    }

    private void Note(int first, int count, RefusalCode code)
    {
        if (FirstRefusedLine == 0) FirstRefusedLine = LineOf(first);
        Refusals.Add(_handedOver + first, count, code);
    }

    private long LineOf(int row)
    {
        int line = 0;
        while (_lines[line].End <= row) line++;
        return _lines[line].Number;
    }
}
