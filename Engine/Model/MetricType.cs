using System;

namespace Slungd.Engine.Model;

/// <summary>The type of a metric family, numbered as Prometheus' remote write does.</summary>
internal enum MetricType : byte
{
    Unknown = 0,
    Counter = 1,
    Gauge = 2,
    Histogram = 3,
    GaugeHistogram = 4,
    Summary = 5,
    Info = 6,
    StateSet = 7,
}

internal static class MetricTypes
{
    /// <summary>The word that Prometheus' API and OpenMetrics use.</summary>
    public static string ToText(this MetricType type) => type switch
    {
        MetricType.Counter => "counter",
        MetricType.Gauge => "gauge",
        MetricType.Histogram => "histogram",
        MetricType.GaugeHistogram => "gaugehistogram",
        MetricType.Summary => "summary",
        MetricType.Info => "info",
        MetricType.StateSet => "stateset",
        _ => "unknown",
    };

    /// <summary>As <see cref="ToText"/>; Prometheus' text format says `untyped` for unknown.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out MetricType type)
    {
        for (type = MetricType.Unknown; type <= MetricType.StateSet; type++)
            if (System.Text.Ascii.Equals(text, type.ToText())) return true;
        type = MetricType.Unknown;
        return text.SequenceEqual("untyped"u8);
    }
}
