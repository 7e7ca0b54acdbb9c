using System;
using System.IO;
using System.Linq;
using Slungd.Engine.Model;
using Slungd.Ingest.Http;
using Slungd.Ingest.Protocols.Otlp;
using Slungd.Native.Memory;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols.Otlp;

/// <summary>Bodies as SDKs sent them: counters, an UpDownCounter, gauges with NaN, both kinds of histograms, exemplars.
/// `UPDATE_GOLDEN=1` writes what was read anew.</summary>
public class OtlpGoldenTests
{
    [Theory]
    [InlineData("dotnet.bin")]      // OpenTelemetry.Exporter.OpenTelemetryProtocol 1.20.1: padded lengths
    [InlineData("javascript.json")] // @opentelemetry/exporter-metrics-otlp-http 0.223.0
    public void CapturesAreRead(string name)
    {
        string file = Path.Combine(Repository.Root, "Tests/Golden/otlp", name);
        byte[] body = File.ReadAllBytes(file);
        using NativeBufferWriter message = new(new ByteBudget(1 << 20), 1 << 10, 1 << 20);
        if (name.EndsWith(".json", StringComparison.Ordinal))
        {
            Assert.True(OtlpJson.TryConvert(body, message, out string? problem), problem);
            body = message.WrittenSpan.ToArray();
        }
        TextSink sink = new(Precision.Milliseconds);
        NotesText notes = new();
        WriteBatch batch = new(sink);
        OtlpDecoder decoder = new(Precision.Milliseconds, batch, notes,
            new DeltaTable(1 << 20, HistogramPayload.Add), HistogramPayload.Encode);
        Assert.True(decoder.TryDecode(body), decoder.Problem);
        decoder.Commit();
        Assert.Equal((0, null, null), (decoder.Rejected(), decoder.Problem, decoder.Warning));
        string read = string.Join('\n', sink.Points.Concat(notes.Lines)) + '\n';
        string expected = Path.ChangeExtension(file, ".txt");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(expected, read);
        Assert.Equal(File.ReadAllText(expected), read);
    }
}
