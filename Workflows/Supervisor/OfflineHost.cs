using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Workflows.Abi;

namespace Slungd.Workflows.Supervisor;

/// <summary>Runs a guest without a daemon: points come from a source as the guest asks for events, a virtual clock goes
/// with them, and what the guest does is printed, a line each. After the last point the guest ends at its next poll or
/// sleep. One thread.</summary>
internal sealed class OfflineHost : IGuestHost
{
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
    private int _depth;

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
    }

    public string Name { get; }

    public IReadOnlyList<string> Environment => _config.Environment;

    public TimeProvider Clock => _clock;

    public bool IsEnding { get; private set; }

    public long QueryLive(string query)
    {
        long handle = _handles.Add(query, out string? error);
        Say($"live {query}: {error ?? handle.ToString(CultureInfo.InvariantCulture)}");
        return handle;
    }

    public double QueryHistory(string text)
    {
        string? error;
        if (!DslParser.TryParse(text, _hub.Precision, _limits, out DslQuery? query, out QueryParseError wrong))
            error = wrong.ToString();
        else if (query!.Op == QueryOp.Raw || query.HasWindows || query.IsGrouped)
            error = "expected one value: no RAW, no windows, no BY";
        else
        {
            QueryResult result = _queries.Execute(query, new QueryOptions());
            double value = !result.IsDone || result.Value.IsNull ? 0 : result.Value.Number;
            Say($"history {text}: {result.Error ?? value.ToString(CultureInfo.InvariantCulture)}");
            return value;
        }
        Say($"history {text}: {error}");
        return 0;
    }

    public bool TryPoll(long handle, IBufferWriter<byte> json)
    {
        DslQuery? query;
        LiveMessage message;
        while (!_handles.TryRead(handle, out query, out message))
        {
            _depth = 0;
            if (_handles.IsAnyReadyBut(handle)) return false;
            IsEnding = !TryFeed(long.MaxValue);
            if (IsEnding) return false;
        }
        _depth = message.Depth;
        EventJson.Write(json, query!, in message);
        return true;
    }

    public bool Free(long handle) => _handles.Remove(handle);

    public bool Write(long timestamp, double value, ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> series = EventTags.SeriesOf(text);
        _batch.Clear();
        _batch.BeginSeries(series);
        StringBuilder list = new();
        EventTags tags = new(text);
        while (tags.MoveNext())
        {
            _batch.AddTag(tags.Current);
            list.Append(list.Length > 0 ? "," : " ").Append(Encoding.UTF8.GetString(tags.Current));
        }
        _batch.AddFloat(timestamp, value);
        string? refused = _depth < _maxDepth ? null : "refused: it answers its own writes";
        if (refused is null)
        {
            LiveHub.Depth = _depth + 1;
            _batch.Commit();
            LiveHub.Depth = 0;
            RefusalCode code = _batch.Refusals.CodeOf(0);
            if (code != RefusalCode.None) refused = $"refused: {code}";
        }
        string point = string.Create(CultureInfo.InvariantCulture,
            $"write {timestamp} {value} {Encoding.UTF8.GetString(series)}{list}");
        Say(refused is null ? point : $"{point}: {refused}");
        return refused is null;
    }

    public bool SendText(ulong producer, ReadOnlySpan<byte> text)
    {
        Say($"send {producer} {Encoding.UTF8.GetString(text)}");
        return true;
    }

    /// <summary>Nothing goes out: there is no answer.</summary>
    public byte[]? CallHttp(string url, ReadOnlySpan<byte> body, string method)
    {
        bool isAllowed = Uri.TryCreate(url, UriKind.Absolute, out Uri? target) && _config.Allows(target);
        Say($"{method} {url} {Encoding.UTF8.GetString(body)}{(isAllowed ? "" : ": not in allow_hosts")}");
        return null;
    }

    public void Print(int stream, ReadOnlySpan<byte> bytes) =>
        Say($"{(stream == 1 ? "stdout" : "stderr")}: {Encoding.UTF8.GetString(bytes).TrimEnd('\n')}");

    public void Sleep(TimeSpan duration)
    {
        DateTimeOffset until = _clock.GetUtcNow() + duration;
        long last = _hub.Precision.FromNanoseconds(100 * (until - DateTimeOffset.UnixEpoch).Ticks);
        while (TryFeed(last)) { }
        if (!_source.TryPeek(out _)) IsEnding = true;
        TimeSpan left = until - _clock.GetUtcNow();
        if (left > TimeSpan.Zero) _clock.MoveBy(left);
    }

    /// <summary>Writes the next point, if it is not later than that.</summary>
    private bool TryFeed(long latest)
    {
        if (!_source.TryPeek(out long timestamp) || timestamp > latest) return false;
        _clock.MoveTo(timestamp, _hub.Precision);
        _source.Write(_hub);
        return true;
    }

    private void Say(string line) => _output.WriteLine(line);
}
