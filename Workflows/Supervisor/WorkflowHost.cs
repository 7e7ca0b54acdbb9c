using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Engine.Series;
using Slungd.Workflows.Abi;

namespace Slungd.Workflows.Supervisor;

/// <summary>What the calls of one workflow's guests do, within its budget. Stays when a guest goes: so do its streams.
/// The workflow's thread only, but for what says otherwise.</summary>
internal sealed class WorkflowHost : IGuestHost, IDisposable
{
    private const int MaxShown = 200;

    private readonly WorkflowServices _services;
    private readonly WorkflowLimits _limits;
    private readonly GuestSignal _signal;
    private readonly SemaphoreSlim _httpCalls; // of all workflows
    private readonly WriteBatch _batch;
    private readonly TokenBucket _writeRate, _messageRate, _textRate;
    private readonly string _tooManyWrites, _tooManyMessages, _loop; // made once: a guest may ask for them all the time
    private readonly CancellationTokenSource _stopping = new();
    private WorkflowConfig _config = new();
    private int _depth; // guests' writes behind the event that is being handled

    public WorkflowHost(string name, WorkflowServices services, WorkflowLimits limits, GuestSignal signal,
        SemaphoreSlim httpCalls)
    {
        Name = name;
        _services = services;
        _limits = limits;
        _signal = signal;
        _httpCalls = httpCalls;
        _batch = new WriteBatch(services.Hub);
        _writeRate = new TokenBucket(limits.EventsPerSecond, services.Clock);
        _messageRate = new TokenBucket(limits.MessagesPerSecond, services.Clock);
        _textRate = new TokenBucket(limits.TextBytesPerSecond, services.Clock);
        _tooManyWrites = $"more than {limits.EventsPerSecond} a second";
        _tooManyMessages = $"more than {limits.MessagesPerSecond} a second";
        _loop = $"it answers an event that {limits.MaxDepth} writes of workflows led to";
        Log = new GuestLog(name, limits, services.Clock, services.Log);
        Handles = new LiveHandles(services.Hub, services.Limits, limits.MaxLiveQueries,
            new TokenBucket(limits.LiveQueriesPerSecond, services.Clock, most: 2 * limits.MaxLiveQueries), signal);
    }

    public string Name { get; }

    public IReadOnlyList<string> Environment => _config.Environment;

    public TimeProvider Clock => _services.Clock;

    public bool IsEnding => _signal.IsEnding;

    public string? LastError { get; set; }

    public GuestLog Log { get; }

    public LiveHandles Handles { get; }

    public WorkflowCounters Counters { get; } = new();

    /// <summary>Calls of the guest that did something: none for long means an endless loop.</summary>
    public long Calls { get; private set; }

    /// <summary>A new guest begins.</summary>
    public void Begin(WorkflowConfig config)
    {
        _config = config;
        _depth = 0;
        Handles.Begin();
    }

    /// <summary>Ends queries and HTTP calls in flight. Any thread.</summary>
    public void Cancel() => _stopping.Cancel();

    public void Dispose() => _stopping.Dispose();

    public long QueryLive(string query)
    {
        Calls++;
        Pace(query.Length);
        long handle = Handles.Add(query, out string? error);
        if (error is not null) Refuse($"u_query_live(\"{Shown(query)}\"): ", error);
        return handle;
    }

    public bool TryQueryHistory(string text, out double value, out long count)
    {
        (value, count) = (0, 0);
        Calls++;
        Pace(text.Length);
        Counters.Queries++;
        QueryOptions options = new() { TimeLimit = _limits.QueryTime, Cancellation = _stopping.Token };
        string? error;
        try
        {
            error = HistoryQuery.Run(_services.Queries, text, _services.Hub.Precision, _services.Limits, options,
                out value, out count);
        }
        catch (IOException e) // the disk fails
        {
            error = e.Message;
        }
        if (error is null) return true;
        Refuse($"u_query_history(\"{Shown(text)}\"): ", error);
        return false;
    }

    public bool TryPoll(long handle, IBufferWriter<byte> json, bool isFirst)
    {
        Calls++;
        if (_signal.IsEnding) return false;
        if (!Handles.TryRead(handle, out DslQuery? query, out LiveMessage message))
        {
            if (!isFirst) return false;
            Handles.CloseOrphans();
            if (Handles.IsAnyReadyBut(handle)) return false;
            bool isQuiet = !_signal.Wait(_limits.PollWait);
            if (_signal.IsEnding) return false;
            if (!Handles.TryRead(handle, out query, out message))
            {
                // Only now: a guest may look at its other queries between an event and the answer to it.
                if (isQuiet) _depth = 0;
                return false;
            }
        }
        _depth = isFirst ? message.Depth : Math.Max(_depth, message.Depth);
        Counters.Events++;
        EventJson.Write(json, query!, in message);
        return true;
    }

    public bool Free(long handle)
    {
        Calls++;
        bool isDone = Handles.Remove(handle);
        if (!isDone) LastError = "there is no such handle";
        return isDone;
    }

    public bool Write(long timestamp, double value, ReadOnlySpan<byte> tags)
    {
        Calls++;
        if (MayWrite() && IsRateKept() && IsSinkReady())
        {
            Begin();
            _batch.BeginSeries(EventTags.SeriesOf(tags));
            EventTags each = new(tags);
            while (each.MoveNext()) _batch.AddTag(each.Current);
            _batch.AddFloat(timestamp, value);
            if (Commit() == 1) return true;
        }
        Counters.Refused++;
        return false;
    }

    public void RefuseWrite(string why)
    {
        Calls++;
        Counters.Refused++;
        Refuse("a write was refused: ", why);
    }

    public int Write(EventRows rows)
    {
        Calls++;
        int kept = 0;
        if (MayWrite() && IsSinkReady())
        {
            Begin();
            while (rows.MoveNext() && IsRateKept())
            {
                _batch.BeginSeries(WireKey.NameOf(rows.Key));
                foreach (ReadOnlySpan<byte> tag in WireKey.TagsOf(rows.Key)) _batch.AddTag(tag);
                _batch.AddFloat(rows.Timestamp, rows.Value);
            }
            kept = Commit();
        }
        Counters.Refused += rows.Count - kept;
        return kept;
    }

    public bool SendText(ulong producer, ReadOnlySpan<byte> text)
    {
        Calls++;
        if (!_messageRate.TryTake()) LastError = _tooManyMessages;
        else if (!System.Text.Unicode.Utf8.IsValid(text)) LastError = "expected UTF-8";
        else if (!_services.Outbound.TrySendText(producer, text))
            LastError = "the connection is gone, or does not read";
        else
        {
            Counters.Messages++;
            return true;
        }
        Counters.MessagesFailed++;
        return false;
    }

    public byte[]? CallHttp(string url, ReadOnlySpan<byte> body, string method)
    {
        Calls++;
        Pace(url.Length + body.Length);
        string? error;
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? target)
            || target.Scheme != Uri.UriSchemeHttp && target.Scheme != Uri.UriSchemeHttps)
            error = "expected a URL that begins with http:// or https://";
        else if (!_config.Allows(target))
            error = $"{target.Host}:{target.Port} is not in the workflow's allow_hosts";
        else if (_signal.IsEnding) error = "the workflow ends";
        else if (!_httpCalls.Wait(0)) error = "too many calls at once";
        else
        {
            byte[]? answer;
            try { answer = Call(target, method, body.ToArray(), out error); }
            finally { _httpCalls.Release(); }
            Counters.HttpCalls++;
            if (error is null) return answer;
        }
        Counters.HttpFailed++;
        Refuse($"u_writeback_http(\"{Shown(url)}\"): ", error);
        return null;
    }

    public void RefuseHttp(string why)
    {
        Calls++;
        Counters.HttpFailed++;
        Refuse("u_writeback_http: ", why);
    }

    public void Print(int stream, ReadOnlySpan<byte> bytes)
    {
        Calls++;
        Log.Print(stream, bytes);
    }

    public void Sleep(TimeSpan duration)
    {
        Calls++;
        Handles.CloseOrphans();
        _signal.Sleep(duration);
    }

    /// <summary>Holds the guest back when it hands over too much text.</summary>
    private void Pace(int bytes)
    {
        TimeSpan wait = _textRate.Take(bytes + _limits.TextOverhead);
        if (wait > TimeSpan.Zero) _signal.Sleep(wait);
    }

    /// <summary>Enough of a guest's text to know it again.</summary>
    private static string Shown(string text) => text.Length <= MaxShown ? text : text[..MaxShown] + "...";

    private byte[]? Call(Uri url, string method, byte[] body, out string? error)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        limit.CancelAfter(_limits.HttpTime);
        return _services.Outbound.Call(url, method, body, limit.Token, out error);
    }

    /// <summary>Waits while memory or disk is short, as every writer does.</summary>
    private bool IsSinkReady()
    {
        IEventSink sink = _services.Hub;
        long start = Clock.GetTimestamp();
        while (sink.State is SinkState.MemoryShort or SinkState.DiskShort && !_signal.IsEnding
            && Clock.GetElapsedTime(start) < _limits.WriteWait)
            _signal.Sleep(_limits.PollWait);
        if (sink.State == SinkState.Ready) return true;
        LastError = sink.StateReason ?? "the store takes no points";
        return false;
    }

    /// <summary>Whether the event that is being handled may lead to one more.</summary>
    private bool MayWrite()
    {
        if (_depth < _limits.MaxDepth) return true;
        Counters.LoopsCut++;
        LastError = _loop;
        if (Counters.LoopsCut == 1) Log.Note("a write was refused: ", _loop);
        return false;
    }

    private bool IsRateKept()
    {
        if (_writeRate.TryTake()) return true;
        Refuse("a write was refused: ", _tooManyWrites);
        return false;
    }

    private void Begin()
    {
        _batch.Clear();
        LiveHub.Depth = _depth + 1; // already now: a large batch is handed over in parts
    }

    /// <summary>Writes the batch that <see cref="Begin()"/> began.</summary>
    /// <returns>How many points were kept.</returns>
    private int Commit()
    {
        try { _batch.Commit(); }
        finally { LiveHub.Depth = 0; }
        int kept = _batch.Count - (int)_batch.Refusals.Points;
        Counters.Written += kept;
        if (_batch.Refusals.Points > 0)
            Refuse("a write was refused: ", _batch.Refusals.Runs[0].Code.ToString());
        return kept;
    }

    /// <summary>Tells the guest, and its operator.</summary>
    private void Refuse(string what, string why)
    {
        LastError = why;
        Log.Note(what, why);
    }
}
