using System;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.MetricLines;
using Slungd.Tests.Ingest.Protocols;

namespace Slungd.Tests.Fuzz;

/// <summary>Any bytes: every point is stored or refused, and what can't be read is said.</summary>
internal static class MetricLinesFuzz
{
    public static readonly byte[][] Seeds =
    [
        Encoding.UTF8.GetBytes("""{"metric":{"__name__":"up","job":"x"},"values":[1,null],"timestamps":[1000,2000]}"""),
        Encoding.UTF8.GetBytes("\n{\"metric\":{\"__name__\":\"a\"},\"values\":[\"Infinity\"],\"timestamps\":[-1]}\n"),
    ];

    public static void Run(ReadOnlySpan<byte> input)
    {
        TextSink sink = new(Precision.Nanoseconds);
        WriteBatch batch = new(sink);
        MetricLineDecoder decoder = new(Precision.Nanoseconds, batch);
        decoder.Decode(input);
        batch.Commit();
        if (sink.Points.Count + batch.Refusals.Points != batch.Count)
            throw new InvalidOperationException("points were lost");
        if (decoder.Malformed > 0 == decoder.Problem is null)
            throw new InvalidOperationException("malformed, yet without a word of it, or the other way round");
    }
}
