using System;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.Exposition;
using Slungd.Tests.Ingest.Protocols;

namespace Slungd.Tests.Fuzz;

/// <summary>Any bytes, read as either format: every point is stored or refused, and a line is a point at most.
/// </summary>
internal static class ExpositionFuzz
{
    public static readonly byte[][] Seeds =
    [
        Encoding.UTF8.GetBytes(
            "# HELP a text\n# TYPE a counter\na{b=\"c\\\"d\",\"e.f\"=\"g\"} 1.5 1000\n{\"a.b\",c=\"d\"} NaN\n"),
        Encoding.UTF8.GetBytes("a_bucket{le=\"+Inf\"} 3 1.25 # {trace_id=\"x\"} 0.5 1.5\n# UNIT a seconds\n# EOF\n"),
    ];

    public static void Run(ReadOnlySpan<byte> input)
    {
        Check(input, isOpenMetrics: false);
        Check(input, isOpenMetrics: true);
    }

    private static void Check(ReadOnlySpan<byte> input, bool isOpenMetrics)
    {
        TextSink sink = new(Precision.Nanoseconds);
        WriteBatch batch = new(sink);
        ExpositionDecoder decoder = new(Precision.Nanoseconds, batch, new NotesText());
        decoder.Decode(input, isOpenMetrics, now: 1);
        batch.Commit();
        if (sink.Points.Count + batch.Refusals.Points != batch.Count)
            throw new InvalidOperationException("points were lost");
        if (batch.Count > input.Count((byte)'\n') + 1) throw new InvalidOperationException("more points than lines");
        if (decoder.Malformed > 0 == decoder.Problem is null)
            throw new InvalidOperationException("malformed, yet without a word of it, or the other way round");
    }
}
