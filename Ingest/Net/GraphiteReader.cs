using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Graphite;
using Slungd.Native.Memory;
using Slungd.Native.Os;

namespace Slungd.Ingest.Net;

/// <summary>What the Graphite door's thread reads with: the decoders, the time of the turn, the counters.</summary>
internal sealed class GraphiteReader : IDisposable
{
    private readonly LineCache _cache;
    private readonly GraphiteDecoder _decoder;
    private readonly ProtocolCounters _counters;
    private readonly Precision _precision;
    private readonly TimeProvider _clock;
    private PickleReader? _pickles; // most senders have none
    private long _now;

    public GraphiteReader(IEventSink sink, IReadOnlyList<GraphiteTemplate> templates, ByteBudget cacheBudget,
        ProtocolCounters counters, TimeProvider clock)
    {
        _cache = new LineCache(cacheBudget, SystemRandom.NextUInt64());
        _decoder = new GraphiteDecoder(sink, _cache, templates);
        _counters = counters;
        _precision = sink.Precision;
        _clock = clock;
    }

    /// <summary>The last thing that could not be read.</summary>
    public string Problem => _decoder.Problem ?? "";

    /// <summary>Things without a time are of now.</summary>
    public void BeginTurn() => _now = _precision.Now(_clock);

    public int ReadLines(ReadOnlySpan<byte> text, bool isEnd)
    {
        int taken = _decoder.Decode(text, isEnd, _now);
        if (taken > 0) _counters.Messages++;
        return taken;
    }

    /// <summary>What is none is counted.</summary>
    public void ReadPickle(ReadOnlySpan<byte> message)
    {
        _counters.Messages++;
        if (!(_pickles ??= new PickleReader()).TryRead(message, _decoder, _now))
            Note("a message that is no pickle of points"u8);
    }

    /// <summary>Counts something that can't be read.</summary>
    public void Note(ReadOnlySpan<byte> what) => _decoder.Note(what);

    /// <summary>Hands the points over.</summary>
    /// <returns>How many things could not be read.</returns>
    public long EndTurn()
    {
        LineRows rows = _decoder.Rows;
        rows.HandOver();
        _counters.Points += rows.Count;
        _counters.Add(rows.Refusals);
        rows.Clear();
        long malformed = _decoder.Malformed;
        _counters.Malformed += malformed;
        _decoder.Malformed = 0;
        return malformed;
    }

    public void Dispose() => _cache.Dispose();
}
