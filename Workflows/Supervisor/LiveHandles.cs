using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.Query;

namespace Slungd.Workflows.Supervisor;

/// <summary>A guest's live queries. Handles are the guest's own, from 1: those of others can't be guessed. The streams
/// of a guest that ended wait for its successor, who gets them by asking for the same query: a replacement or a restart
/// loses no event. The workflow's thread only, but for the numbers.</summary>
/// <param name="hub">Makes the streams.</param>
/// <param name="limits">Of queries and queues.</param>
/// <param name="max">Live queries at once.</param>
/// <param name="rate">Of new ones; null: any.</param>
/// <param name="signal">Raised when there may be an event.</param>
internal sealed class LiveHandles(LiveHub hub, Limits limits, int max, TokenBucket? rate, GuestSignal signal)
{
    private readonly Dictionary<long, Stream> _streams = [];
    private readonly List<Stream> _orphans = [];
    private readonly Lock _lock = new();
    private LiveSubscription[] _open = []; // under the lock: those of streams and orphans
    private long _droppedBefore; // under the lock: by streams that are closed
    private long _last;

    /// <summary>Streams that are open. Any thread.</summary>
    public int Count
    {
        get { lock (_lock) return _open.Length; }
    }

    /// <summary>Events that wait for the guest. Any thread.</summary>
    public long Queued
    {
        get
        {
            long queued = 0;
            lock (_lock)
                foreach (LiveSubscription open in _open) queued += open.Queued;
            return queued;
        }
    }

    /// <summary>Events that did not fit into queues, or that nobody took in the end. Any thread.</summary>
    public long Dropped
    {
        get
        {
            lock (_lock)
            {
                long dropped = _droppedBefore;
                foreach (LiveSubscription open in _open) dropped += open.DroppedTotal;
                return dropped;
            }
        }
    }

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
        foreach (Stream orphan in _orphans) Close(orphan);
        _orphans.Clear();
    }

    public void CloseAll()
    {
        CloseOrphans();
        foreach (Stream stream in _streams.Values) Close(stream);
        _streams.Clear();
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
        else if (rate is not null && !rate.TryTake())
        {
            error = "too many new live queries: each makes every writer look at its series again";
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
            lock (_lock) _open = [.. _open, added.Subscription!];
        }
        _streams.Add(_last, added);
        return _last;
    }

    /// <summary>Ends a live query; false when there is none of this handle.</summary>
    public bool Remove(long handle)
    {
        if (!_streams.Remove(handle, out Stream? stream)) return false;
        Close(stream);
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

    /// <summary>In store units; 0 when no live query has windows.</summary>
    public long LongestWindow
    {
        get
        {
            long longest = 0;
            foreach (Stream stream in _streams.Values)
                longest = Math.Max(longest, stream.Subscription!.Query.Window);
            return longest;
        }
    }

    private void Close(Stream stream)
    {
        LiveSubscription closed = stream.Subscription!;
        hub.Unsubscribe(closed);
        lock (_lock)
        {
            _open = Array.FindAll(_open, open => open != closed);
            _droppedBefore += closed.DroppedTotal;
            while (closed.TryRead(out LiveMessage message))
                if (message.Kind != LiveMessageKind.Dropped) _droppedBefore++; // queued, and never delivered
        }
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
