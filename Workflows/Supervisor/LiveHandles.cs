using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.Query;

namespace Slungd.Workflows.Supervisor;

/// <summary>A guest's live queries. Handles are the guest's own, from 1: those of others can't be guessed. The streams
/// of a guest that ended wait for its successor, who gets them by asking for the same query: a replacement or a restart
/// loses no event. The workflow's thread only, but for the numbers.</summary>
internal sealed class LiveHandles(LiveHub hub, Limits limits, int max, GuestSignal signal)
{
    private readonly Dictionary<long, Stream> _streams = [];
    private readonly List<Stream> _orphans = [];
    private long _last;
    private long _droppedBefore; // by streams that are closed
    private int _count;
    private long _dropped;

    /// <summary>Streams that are open. Any thread.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Events that did not fit into queues, as of the last look. Any thread.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>A new guest: what the one before had waits to be asked for.</summary>
    public void Begin()
    {
        foreach (Stream orphan in _orphans) Close(orphan);
        _orphans.Clear();
        _orphans.AddRange(_streams.Values);
        _streams.Clear();
        _last = 0;
    }

    /// <summary>The guest has what it wants: nobody will ask for the rest.</summary>
    public void CloseOrphans()
    {
        if (_orphans.Count == 0) return;
        foreach (Stream orphan in _orphans) Close(orphan);
        _orphans.Clear();
        Recount();
    }

    public void CloseAll()
    {
        CloseOrphans();
        foreach (Stream stream in _streams.Values) Close(stream);
        _streams.Clear();
        Recount();
    }

    /// <summary>Begins a live query, or goes on with that of the guest before.</summary>
    /// <returns>A handle; 0 with an error.</returns>
    public long Add(string text, out string? error)
    {
        _last++;
        error = null;
        int orphan = _orphans.FindIndex(stream => stream.Text == text);
        Stream added;
        if (orphan >= 0)
        {
            added = _orphans[orphan];
            _orphans.RemoveAt(orphan);
        }
        else if (_streams.Count >= max)
        {
            error = $"expected at most {max} live queries";
            return 0;
        }
        else
        {
            added = new Stream(text, signal);
            QueryParseError wrong;
            if (!DslParser.TryParse(text, hub.Precision, limits, out DslQuery? query, out wrong)
                || !hub.TrySubscribe(query!, added.OnReady, out added.Subscription, out wrong))
            {
                error = wrong.ToString();
                return 0;
            }
        }
        _streams.Add(_last, added);
        Recount();
        return _last;
    }

    /// <summary>Ends a live query; false when there is none of this handle.</summary>
    public bool Remove(long handle)
    {
        if (!_streams.Remove(handle, out Stream? stream)) return false;
        Close(stream);
        Recount();
        return true;
    }

    /// <summary>The next message of a handle that is no gap; gaps are only counted.</summary>
    /// <param name="handle">Any number.</param>
    /// <param name="query">The message's query.</param>
    /// <param name="message">The message.</param>
    public bool TryRead(long handle, out DslQuery? query, out LiveMessage message)
    {
        query = null;
        message = default;
        if (!_streams.TryGetValue(handle, out Stream? stream)) return false;
        query = stream.Subscription!.Query;
        stream.IsReady = false; // before the look: what comes after it sets it again
        while (stream.Subscription.TryRead(out message))
        {
            stream.IsReady = true;
            if (message.Kind != LiveMessageKind.Dropped) return true;
            stream.IsReady = false;
            Recount();
        }
        return false;
    }

    /// <summary>Some other handle than this one may have an event.</summary>
    public bool IsAnyReadyBut(long handle)
    {
        foreach ((long other, Stream stream) in _streams)
            if (other != handle && stream.IsReady) return true;
        return false;
    }

    private void Close(Stream stream)
    {
        hub.Unsubscribe(stream.Subscription!);
        _droppedBefore += stream.Subscription!.DroppedTotal;
        while (stream.Subscription.TryRead(out LiveMessage message))
            if (message.Kind != LiveMessageKind.Dropped) _droppedBefore++; // queued, and never delivered
    }

    private void Recount()
    {
        long dropped = _droppedBefore;
        foreach (Stream stream in _streams.Values) dropped += stream.Subscription!.DroppedTotal;
        foreach (Stream stream in _orphans) dropped += stream.Subscription!.DroppedTotal;
        Volatile.Write(ref _dropped, dropped);
        Volatile.Write(ref _count, _streams.Count + _orphans.Count);
    }

    private sealed class Stream(string text, GuestSignal signal)
    {
        private volatile bool _isReady;

        public LiveSubscription? Subscription;

        public string Text => text;

        public bool IsReady
        {
            get => _isReady;
            set => _isReady = value;
        }

        public void OnReady()
        {
            _isReady = true;
            signal.Raise();
        }
    }
}
