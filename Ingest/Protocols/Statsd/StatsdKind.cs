namespace Slungd.Ingest.Protocols.Statsd;

/// <summary>What a metric is; a series stays what it was first.</summary>
internal enum StatsdKind : byte
{
    /// <summary>`c`: added up for as long as the metric is remembered.</summary>
    Counter,
    /// <summary>`g`: the last value.</summary>
    Gauge,
    /// <summary>`ms`, `h`, `d`: count, sum, extremes and percentiles of an interval.</summary>
    Timer,
    /// <summary>`s`: how many different members an interval had.</summary>
    Set,
}
