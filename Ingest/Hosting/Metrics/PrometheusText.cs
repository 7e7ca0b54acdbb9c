using System;
using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Native.Checks;

namespace Slungd.Ingest.Hosting.Metrics;

/// <summary>Writes the Prometheus text format 0.0.4: a family is announced once, its samples follow at once.
/// https://prometheus.io/docs/instrumenting/exposition_formats/</summary>
internal sealed class PrometheusText(IBufferWriter<byte> output)
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private string _family = "";

    /// <summary>Begins a family. The names of counters end in `_total`, units are seconds and bytes.</summary>
    /// <param name="name">ASCII letters, digits, underscores.</param>
    /// <param name="type">`counter`, `gauge` or `histogram`.</param>
    /// <param name="help">One line of plain text.</param>
    public void Family(string name, string type, string help)
    {
        DebugCheck.That(type != "counter" || name.EndsWith("_total", StringComparison.Ordinal));
        DebugCheck.That(!help.AsSpan().ContainsAny('\\', '\n'));
        _family = name;
        Write("# HELP ");
        Write(name);
        Write(" ");
        Write(help);
        Write("\n# TYPE ");
        Write(name);
        Write(" ");
        Write(type);
        Write("\n");
    }

    /// <summary>A family of one counter.</summary>
    public void Counter(string name, string help, double value)
    {
        Family(name, "counter", help);
        Sample(value);
    }

    /// <summary>A family of one gauge.</summary>
    public void Gauge(string name, string help, double value)
    {
        Family(name, "gauge", help);
        Sample(value);
    }

    /// <summary>A sample of the current family.</summary>
    /// <param name="value">Any double.</param>
    /// <param name="labels">Names and values in turn.</param>
    public void Sample(double value, params ReadOnlySpan<string> labels) => Line("", labels, null, value);

    /// <summary>All samples of one histogram in the current family, in seconds.</summary>
    public void Histogram(LatencyHistogram histogram, params ReadOnlySpan<string> labels) =>
        Histogram([histogram], labels);

    /// <summary>The samples of several histograms, added up.</summary>
    public void Histogram(ReadOnlySpan<LatencyHistogram> histograms, params ReadOnlySpan<string> labels)
    {
        Span<long> counts = stackalloc long[LatencyHistogram.BucketCount];
        counts.Clear();
        double sumSeconds = 0;
        foreach (LatencyHistogram histogram in histograms) sumSeconds += histogram.AddTo(counts);
        long below = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            below += counts[i];
            Line("_bucket", labels, LatencyHistogram.BoundText(i), below);
        }
        Line("_sum", labels, null, sumSeconds);
        Line("_count", labels, null, below);
    }

    private void Line(string suffix, ReadOnlySpan<string> labels, string? bound, double value)
    {
        Invariant.Check(labels.Length % 2 == 0);
        Write(_family);
        Write(suffix);
        if (labels.Length > 0 || bound is not null)
        {
            string separator = "{";
            for (int i = 0; i < labels.Length; i += 2)
            {
                Label(separator, labels[i], labels[i + 1]);
                separator = ",";
            }
            if (bound is not null) Label(separator, "le", bound);
            Write("}");
        }
        Write(" ");
        Number(value);
        Write("\n");
    }

    private void Label(string separator, string name, string value)
    {
        Write(separator);
        Write(name);
        Write("=\"");
        Write(value.AsSpan().ContainsAny('\\', '"', '\n')
            ? value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")
            : value);
        Write("\"");
    }

    private void Number(double value)
    {
        if (double.IsNaN(value)) Write("NaN");
        else if (double.IsInfinity(value)) Write(value > 0 ? "+Inf" : "-Inf");
        else
        {
            Span<byte> room = output.GetSpan(32);
            bool isWhole = Math.Abs(value) < 1L << 53 && value == Math.Truncate(value);
            if (!isWhole || !Utf8Formatter.TryFormat((long)value, room, out int length))
                length = DecimalText.WriteShort(value, room);
            output.Advance(length);
        }
    }

    private void Write(string text) => Encoding.UTF8.GetBytes(text, output);
}
