using System;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Http;
using Slungd.Ingest.Protocols.Otlp;
using Slungd.Native.Memory;
using Slungd.Tests.Ingest.Protocols;

namespace Slungd.Tests.Fuzz;

/// <summary>Any bytes as JSON: what is taken becomes a message that can be read, and what is not is said.</summary>
internal static class OtlpJsonFuzz
{
    public static readonly byte[][] Seeds =
    [
        Encoding.UTF8.GetBytes("""
            {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a\u00e9"}}]},
            "scopeMetrics":[{"metrics":[{"name":"g","gauge":{"dataPoints":[{"timeUnixNano":"5","asInt":"-1"}]}},
            {"name":"h","histogram":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":5,"count":"1",
            "bucketCounts":["1","0"],"explicitBounds":[1],"exemplars":[{"traceId":"0aFF","timeUnixNano":"4"}]}]}}]}]}]}
            """),
    ];

    public static void Run(ReadOnlySpan<byte> input)
    {
        using NativeBufferWriter message = new(new ByteBudget(1 << 20), 64, 1 << 20);
        bool isRead = OtlpJson.TryConvert(input, message, out string? problem);
        if (isRead != problem is null) throw new InvalidOperationException("refused without a word, or the other way");
        if (!isRead) return;
        WriteBatch batch = new(new TextSink(Precision.Nanoseconds));
        OtlpDecoder decoder = new(Precision.Nanoseconds, batch, new NotesText(),
            new DeltaTable(4_096, HistogramPayload.Add), HistogramPayload.Encode);
        if (!decoder.TryDecode(message.WrittenSpan)) throw new InvalidOperationException(decoder.Problem);
    }
}
