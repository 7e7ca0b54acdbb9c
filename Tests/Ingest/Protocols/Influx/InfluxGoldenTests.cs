using System;
using System.IO;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Influx;
using Slungd.Native.Memory;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols.Influx;

/// <summary>What Telegraf's plugins write, as their pages and its serializer show it. `UPDATE_GOLDEN=1` writes what
/// was read anew.</summary>
public class InfluxGoldenTests
{
    [Fact]
    public void TelegrafIsRead()
    {
        string file = Path.Combine(Repository.Root, "Tests/Golden/influx/telegraf");
        using LineCache cache = new(new ByteBudget(1 << 20), seed: 7);
        TextSink sink = new();
        LineProtocolDecoder decoder = new(sink, cache, isTextKept: true);
        Assert.True(LineTimes.TryParse("ns", Precision.Milliseconds, out LineTimes times));
        decoder.Decode(File.ReadAllBytes(file + ".lp"), times, now: 0);
        Assert.Empty(decoder.Problems);
        string read = string.Join('\n', sink.Points) + '\n';
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(file + ".txt", read);
        Assert.Equal(File.ReadAllText(file + ".txt"), read);
    }
}
