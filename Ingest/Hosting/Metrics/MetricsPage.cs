using System;
using System.Buffers;
using System.Collections.Generic;
using System.Threading;

namespace Slungd.Ingest.Hosting.Metrics;

/// <summary>What `/metrics` says on both ports. Each part of the daemon keeps its own numbers; a source added here
/// writes them out when somebody asks. Sources run one request at a time.</summary>
internal sealed class MetricsPage
{
    private readonly Lock _lock = new();
    private readonly List<Action<PrometheusText>> _sources = [];

    /// <summary>Adds the writer of some families. The name of a family must be used by one source only.</summary>
    public void Add(Action<PrometheusText> source)
    {
        lock (_lock) _sources.Add(source);
    }

    public void Write(IBufferWriter<byte> output)
    {
        PrometheusText text = new(output);
        lock (_lock)
        {
            foreach (Action<PrometheusText> source in _sources) source(text);
        }
    }
}
