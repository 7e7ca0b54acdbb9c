using System;
using System.IO;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Statsd;
using Slungd.Native.Memory;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols.Statsd;

/// <summary>What senders really send, and the points of one interval. `UPDATE_GOLDEN=1` writes these anew.</summary>
public class StatsdGoldenTests
{
    [Theory]
    [InlineData("hot-shots")] // 17.1.1, every call that it has
    [InlineData("pages")]     // the examples of StatsD's and DogStatsD's pages
    public void CapturesAreRead(string name)
    {
        string file = Path.Combine(Repository.Root, "Tests/Golden/statsd", name);
        TextSink sink = new();
        ProtocolCounters protocol = new();
        using (StatsdAggregator aggregator = new(sink, new StatsdOptions(), new ByteBudget(1 << 20), protocol,
            new StatsdCounters(), seed: 7, start: 0))
        {
            aggregator.Read(File.ReadAllBytes(file + ".statsd"));
            Assert.True(aggregator.TryFlush(10_000));
            Assert.Equal((0, ""), (protocol.Malformed, aggregator.Problem));
        }
        string read = string.Join('\n', sink.Points) + '\n';
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(file + ".txt", read);
        Assert.Equal(File.ReadAllText(file + ".txt"), read);
    }
}
