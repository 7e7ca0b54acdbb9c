using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Engine.Series;
using Slungd.Workflows.Abi;

namespace Slungd.Workflows.Supervisor;

/// <summary>Runs a guest without a daemon: points come from a source as the guest asks for events or sleeps, a virtual
/// clock goes with them, and what the guest does is printed, a line each. After the last point, and when the windows
/// that are open then have closed, the guest ends at its next poll or sleep. One thread.</summary>
internal sealed class OfflineHost : IGuestHost
{
    // A guest that never takes what waits for it must not keep the points from coming, or the end.
    private const int MaxVainCalls = 1_000;
    private const int MaxLineBytes = 64 << 10;

    /// <summary>The points come from it.</summary>
    private const ulong OnlyProducer = 1;

    private readonly LiveHub _hub;
    private readonly QueryExecutor _queries;
    private readonly VirtualClock _clock;
    private readonly WorkflowConfig _config;
    private readonly Limits _limits;
    private readonly IPointSource _source;
    private readonly TextWriter _output;
    private readonly LiveHandles _handles;
    private readonly WriteBatch _batch;
    private readonly int _maxDepth;
    private readonly ArrayBufferWriter<byte>[] _lines = [new(), new()]; // what each stream's line has so far
    private int _depth;
    private int _vainCalls; // polls and sleeps since something happened
    private int _closings; // since an event was handed over

    /// <param name="name">The guest's.</param>
    /// <param name="config">Its environment and allowed hosts.</param>
    /// <param name="hub">Over a store in memory with the clock.</param>
    /// <param name="queries">Over the same.</param>
    /// <param name="clock">Moved by this.</param>
    /// <param name="limits">Of queries and queues.</param>
    /// <param name="source">Points.</param>
    /// <param name="output">Gets what the guest does.</param>
    public OfflineHost(string name, WorkflowConfig config, LiveHub hub, QueryExecutor queries, VirtualClock clock,
        Limits limits, IPointSource source, TextWriter output)
    {
        Name = name;
        _config = config;
        _hub = hub;
        _queries = queries;
        _clock = clock;
        _limits = limits;
        _source = source;
        _output = output;
        _handles = new LiveHandles(hub, limits, limits.MaxLiveQueriesPerWorkflow, null, new GuestSignal(clock));
        _batch = new WriteBatch(hub);
        _maxDepth = new WorkflowLimits().MaxDepth;
        if (source.TryPeek(out long first)) clock.MoveTo(first, hub.Precision);
    }

    public string Name { get; }

    public IReadOnlyList<string> Environment => _config.Environment;

    public TimeProvider Clock => _clock;

    public bool IsEnding { get; private set; }

    public string? LastError { get; set; }

    /// <summary>Calls of the guest that did something: none for long means an endless loop.</summary>
    public long Calls { get; private set; }

    public long QueryLive(string query)
    {
        Calls++;
        long handle = _handles.Add(query, out string? error);
        LastError = error;
        Say($"live {query}: {error ?? handle.ToString(CultureInfo.InvariantCulture)}");
        return handle;
    }

    public bool TryQueryHistory(string text, out double value, out long count)
    {
        Calls++;
        LastError = HistoryQuery.Run(_queries, text, _hub.Precision, _limits, new QueryOptions(), out value, out count);
        Say($"history {text}: {LastError ?? Plain(value)}");
        return LastError is null;
    }

    public bool TryPoll(long handle, IBufferWriter<byte> json, bool isFirst)
    {
        Calls++;
        DslQuery? query;
        LiveMessage message;
        while (!_handles.TryRead(handle, out query, out message))
        {
            if (!isFirst) return false;
            _depth = 0;
            if (_handles.IsAnyReadyBut(handle) && ++_vainCalls < MaxVainCalls) return false;
            if (TryStep(long.MaxValue, hasTime: _vainCalls < MaxVainCalls) || TryCloseWindows()) continue;
            IsEnding = true;
            return false;
        }
        _vainCalls = _closings = 0;
        _depth = isFirst ? message.Depth : Math.Max(_depth, message.Depth);
        EventJson.Write(json, query!, in message);
        return true;
    }

    public bool Free(long handle)
    {
        Calls++;
        bool isDone = _handles.Remove(handle);
        if (!isDone) LastError = "there is no such handle";
        return isDone;
    }

    public bool Write(long timestamp, double value, ReadOnlySpan<byte> text)
    {
        Calls++;
        ReadOnlySpan<byte> series = EventTags.SeriesOf(text);
        _batch.Clear();
        _batch.BeginSeries(series);
        StringBuilder list = new();
        EventTags tags = new(text);
        while (tags.MoveNext()) AddTag(tags.Current, list);
        return Write(timestamp, value, series, list);
    }

    public void RefuseWrite(string why) => Refuse("write", why);

    public int Write(EventRows rows)
    {
        Calls++;
        int kept = 0;
        while (rows.MoveNext())
        {
            ReadOnlySpan<byte> series = WireKey.NameOf(rows.Key);
            _batch.Clear();
            _batch.BeginSeries(series);
            StringBuilder list = new();
            foreach (ReadOnlySpan<byte> tag in WireKey.TagsOf(rows.Key)) AddTag(tag, list);
            if (Write(rows.Timestamp, rows.Value, series, list)) kept++;
        }
        return kept;
    }

    public bool SendText(ulong producer, ReadOnlySpan<byte> text)
    {
        Calls++;
        if (producer != OnlyProducer) LastError = "there is no such connection";
        else if (!System.Text.Unicode.Utf8.IsValid(text)) LastError = "expected UTF-8";
        Say($"send {producer} {Encoding.UTF8.GetString(text)}{(LastError is null ? "" : ": refused: " + LastError)}");
        return LastError is null;
    }

    /// <summary>Nothing goes out: there is no answer.</summary>
    public byte[]? CallHttp(string url, ReadOnlySpan<byte> body, string method)
    {
        Calls++;
        bool isAllowed = Uri.TryCreate(url, UriKind.Absolute, out Uri? target) && _config.Allows(target);
        LastError = isAllowed ? "nothing goes out" : "not in allow_hosts";
        Say($"{method} {url} {Encoding.UTF8.GetString(body)}{(isAllowed ? "" : ": " + LastError)}");
        return null;
    }

    public void RefuseHttp(string why) => Refuse("http", why);

    public void Print(int stream, ReadOnlySpan<byte> bytes)
    {
        Calls++;
        ArrayBufferWriter<byte> line = _lines[stream - 1];
        for (int end; (end = bytes.IndexOf((byte)'\n')) >= 0; bytes = bytes[(end + 1)..])
        {
            line.Write(bytes[..end]);
            EndLine(stream);
        }
        line.Write(bytes);
        if (line.WrittenCount >= MaxLineBytes) EndLine(stream);
    }

    public void Sleep(TimeSpan duration)
    {
        Calls++;
        TimeSpan most = DateTimeOffset.MaxValue - _clock.GetUtcNow();
        DateTimeOffset until = _clock.GetUtcNow() + (duration < most ? duration : most);
        long last = _hub.Precision.FromNanoseconds(100 * (until - DateTimeOffset.UnixEpoch).Ticks);
        while (TryStep(last, hasTime: false)) { }
        TimeSpan left = until - _clock.GetUtcNow();
        if (left > TimeSpan.Zero) _clock.MoveBy(left);
        CloseWindows();
        bool isIdle = !_handles.IsAnyReadyBut(0) || ++_vainCalls >= MaxVainCalls;
        IsEnding = duration > most || !_source.TryPeek(out _) && isIdle && !TryCloseWindows();
    }

    /// <summary>Prints what has no newline yet: the guest has ended.</summary>
    public void Flush()
    {
        for (int stream = 1; stream <= 2; stream++)
            if (_lines[stream - 1].WrittenCount > 0) EndLine(stream);
    }

    private void Refuse(string what, string why)
    {
        Calls++;
        LastError = why;
        Say($"{what}: refused: {why}");
    }

    private void AddTag(ReadOnlySpan<byte> tag, StringBuilder list)
    {
        _batch.AddTag(tag);
        list.Append(list.Length > 0 ? "," : " ").Append(Encoding.UTF8.GetString(tag));
    }

    /// <summary>Writes a point of the series that the batch has.</summary>
    private bool Write(long timestamp, double value, ReadOnlySpan<byte> series, StringBuilder tags)
    {
        _batch.AddFloat(timestamp, value);
        LastError = _depth < _maxDepth ? null : "it answers its own writes";
        if (LastError is null)
        {
            LiveHub.Depth = _depth + 1;
            _batch.Commit();
            LiveHub.Depth = 0;
            RefusalCode code = _batch.Refusals.CodeOf(0);
            if (code != RefusalCode.None) LastError = $"{code}";
        }
        string point = string.Create(CultureInfo.InvariantCulture,
            $"write {timestamp} {Plain(value)} {Encoding.UTF8.GetString(series)}{tags}");
        Say(LastError is null ? point : $"{point}: refused: {LastError}");
        return LastError is null;
    }

    /// <summary>Moves the clock to the next point, and writes it.</summary>
    /// <param name="latest">A later point is left alone.</param>
    /// <param name="hasTime">The point waits for the guest to take windows that the clock has closed.</param>
    private bool TryStep(long latest, bool hasTime)
    {
        if (!_source.TryPeek(out long timestamp) || timestamp > latest) return false;
        _clock.MoveTo(timestamp, _hub.Precision);
        CloseWindows();
        if (!hasTime || !_handles.IsAnyReadyBut(0)) _source.Write(_hub);
        return true;
    }

    /// <summary>After the last point: lets the time pass that the open windows need. A guest that answers windows with
    /// points of other windows gets some more.</summary>
    private bool TryCloseWindows()
    {
        long longest = _handles.LongestWindow;
        if (longest == 0 || _closings == _maxDepth) return false;
        _closings++;
        long grace = 2 * _hub.Precision.PerSecond(), now = _hub.Precision.Now(_clock);
        _clock.MoveTo((long)Int128.Min((Int128)now + longest + grace, long.MaxValue), _hub.Precision);
        CloseWindows();
        return _handles.IsAnyReadyBut(0);
    }

    private void CloseWindows() => _hub.Tick(_hub.Precision.Now(_clock));

    private void EndLine(int stream)
    {
        ArrayBufferWriter<byte> line = _lines[stream - 1];
        Say($"{(stream == 1 ? "stdout" : "stderr")}: {Encoding.UTF8.GetString(line.WrittenSpan.TrimEnd((byte)'\r'))}");
        line.ResetWrittenCount();
    }

    private static string Plain(double value)
    {
        if (!double.IsFinite(value)) return value.ToString(CultureInfo.InvariantCulture);
        Span<byte> text = stackalloc byte[DecimalText.MaxBytes];
        return Encoding.UTF8.GetString(text[..DecimalText.Write(value, text)]);
    }

    private void Say(string line) => _output.WriteLine(PlainText.Of(line));
}
