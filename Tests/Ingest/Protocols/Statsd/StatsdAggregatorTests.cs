using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Statsd;
using Slungd.Native.Memory;
using Slungd.Tests.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols.Statsd;

public sealed class StatsdAggregatorTests : IDisposable
{
    private readonly TextSink _sink = new();
    private readonly ProtocolCounters _protocol = new();
    private readonly StatsdCounters _counters = new();
    private readonly ByteBudget _budget = new(8 << 20);
    private StatsdAggregator _aggregator;

    public StatsdAggregatorTests() => _aggregator = Create(new StatsdOptions());

    public void Dispose()
    {
        _aggregator.Dispose();
        Assert.Equal(0, _budget.Used);
    }

    private StatsdAggregator Create(StatsdOptions options, IEventSink? sink = null, ByteBudget? budget = null) =>
        new(sink ?? _sink, options, budget ?? _budget, _protocol, _counters, seed: 7, start: 0);

    private void Restart(StatsdOptions options)
    {
        _aggregator.Dispose();
        _aggregator = Create(options);
    }

    private void Read(string text) => _aggregator.Read(Encoding.UTF8.GetBytes(text));

    private string Flush(long now)
    {
        _sink.Points.Clear();
        Assert.True(_aggregator.TryFlush(now));
        return string.Join('|', _sink.Points);
    }

    [Theory]
    [InlineData("a:1|c", "a{} 0 0|a{} 10 1")]
    [InlineData("a:1|c\na:2|c\r\n\na:0.5|c ", "a{} 0 0|a{} 10 3.5")]
    [InlineData("a:1:2:3|c|@0.1", "a{} 0 0|a{} 10 60")]
    [InlineData("a:+1|c", "a{} 0 0|a{} 10 1")]
    [InlineData("api.requests-count/x:1|c", "api_requests_count_x{} 0 0|api_requests_count_x{} 10 1")]
    [InlineData("9a:1|g", "_9a{} 10 1")]
    [InlineData("\u00e9:1|g", "__{} 10 1")]
    [InlineData("a:5|g\na:7|g", "a{} 10 7")]
    [InlineData("a:+5|g\na:-7|g", "a{} 10 -2")]
    [InlineData("a:0|g\na:-7|g\na:+1.5|g", "a{} 10 -5.5")]
    [InlineData("a:1:2:+3|g", "a{} 10 5")]
    [InlineData("a:x|s\na:y|s\na:x|s\na:x:y|s", "a{} 10 3")]
    [InlineData("a:1|c|#env:prod,muted,k=v", "a{env=prod,k=v,muted} 0 0|a{env=prod,k=v,muted} 10 1")]
    [InlineData("a:1|g|#b:1,a:2,b:1", "a{a=2,b=1} 10 1")]
    [InlineData("a:1|g|#b:1,a:2\na:3|g|#a:2,b:1", "a{a=2,b=1} 10 3")]
    [InlineData("a:1|g|#no.de:x:y/z,1st:2,:z,w:,\u00fc", "a{_1st=2,__,no_de=x:y/z} 10 1")]
    [InlineData("a,host=b,dc=c:1|g|#x:y", "a{dc=c,host=b,x=y} 10 1")]
    [InlineData("a:1|g|c:83c0a99c0a54c0c187f461c7980e9b57|e:it-false|card:low|new", "a{} 10 1")]
    [InlineData("a:1|g|T1656581400", "a{} 1656581400000 1")]
    [InlineData("a:1|c|T1656581400", "a{} 0 0|a{} 10 1")]
    [InlineData("_e{5,4}:title|text|t:error\n_sc|Redis|2|#env:dev|m:gone\na:1|g", "a{} 10 1")]
    public void LinesBecomePoints(string text, string expected)
    {
        Read(text);
        Assert.Equal((expected, 0), (Flush(10), _protocol.Malformed));
    }

    /// <summary>A percentile's label is its own.</summary>
    [Theory]
    [InlineData("quantile:x", "exported_quantile=x")]
    [InlineData("quantile", "exported_quantile")]
    [InlineData("quantile:x,exported_quantile:y", "exported_exported_quantile=y,exported_quantile=x")]
    [InlineData("a:b,quantile:x,z:9", "a=b,exported_quantile=x,z=9")]
    [InlineData("my_quantile:x", "my_quantile=x")]
    public void PercentilesOfATimerWithATagQuantileAreToldApart(string tags, string expected)
    {
        Restart(new StatsdOptions { Percentiles = [50, 99] });
        Read($"q:1:2|ms|#{tags}\ng:1|g|#{tags}");
        string flushed = Flush(10);
        Assert.Contains($"q_min{{{expected}}} 10 1|", flushed, StringComparison.Ordinal);
        Assert.Contains($"q{{{expected},quantile=0.5}} 10 1|q{{{expected},quantile=0.99}} 10 2|", flushed,
            StringComparison.Ordinal);
        Assert.Contains("|g{" + string.Join(',', tags.Replace(':', '=').Split(',').Order()) + "} ", flushed,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a:")]
    [InlineData("a:1")]
    [InlineData(":1|c")]
    [InlineData("a:|c")]
    [InlineData("a:1|")]
    [InlineData("a:1|x")]
    [InlineData("a:1|mss")]
    [InlineData("a:x|c")]
    [InlineData("a:-1|c")]
    [InlineData("a:nan|g")]
    [InlineData("a:1e999|g")]
    [InlineData("a:+|g")]
    [InlineData("a:+-1|g")]
    [InlineData("a:1|c|@0")]
    [InlineData("a:1|c|@1.5")]
    [InlineData("a:1|c|@x")]
    [InlineData("a:1|c|@1e-320")]
    [InlineData("a:1|g|Tx")]
    [InlineData(",x=y:1|g")]
    public void ABadLineIsCountedAndTheOthersStand(string line)
    {
        Read($"x:1|g\n{line}\ny:2|g");
        Assert.Equal(("x{} 10 1|y{} 10 2", 1, line), (Flush(10), _protocol.Malformed, _aggregator.Problem));
    }

    [Fact]
    public void ABadValueTakesNoOtherWithIt()
    {
        Read("a:1:x:2|c");
        Assert.Equal(("a{} 0 0|a{} 10 3", 1), (Flush(10), _protocol.Malformed));
    }

    [Fact]
    public void WhatIsTooLongOrNoTextIsRefused()
    {
        string name = new('n', StatsdLine.MaxNameBytes), tags = "k:" + new string('v', StatsdLine.MaxTagBytes - 2);
        Read($"{name}:1|g|#{tags}");
        Assert.Equal(0, _protocol.Malformed);
        Assert.StartsWith(name + "{k=v", Flush(10), StringComparison.Ordinal);
        Read($"{name}n:1|g\na:1|g|#{tags}v");
        Read("a:1|g|#" + string.Join(',', Enumerable.Range(0, StatsdKey.MaxTags + 1)));
        _aggregator.Read([.. "a:1|g|#k:"u8, 0xff]);
        Assert.Equal(4, _protocol.Malformed);
        Read("b:1|g|#" + string.Join(',', Enumerable.Range(0, StatsdKey.MaxTags)));
        _aggregator.Read("c:1|g\nc:20"u8, isCut: true);
        Assert.Equal(5, _protocol.Malformed);
        Assert.Equal(3, Flush(20).Split('|').Length);
    }

    [Fact]
    public void CountersGrowAndGaugesStayUntilTheyAreForgotten()
    {
        Restart(new StatsdOptions { Idle = TimeSpan.FromSeconds(30) });
        Read("c:2|c\ng:5|g\ns:x|s");
        Assert.Equal("c{} 0 0|c{} 10 2|g{} 10 5|s{} 10 1", Flush(10));
        Read("c:3|c");
        Assert.Equal("c{} 20 5|g{} 20 5|s{} 20 0", Flush(20));
        Assert.Equal("c{} 30 5|g{} 30 5|s{} 30 0", Flush(30));
        Assert.Equal("c{} 40 5|g{} 40 5|s{} 40 0", Flush(40));
        Read("g:+1|g"); // not the first, and moves up
        Assert.Equal(("c{} 50 5|g{} 50 6", 1), (Flush(50), _counters.Forgotten));
        Assert.Equal(("g{} 60 6", 2), (Flush(60), _counters.Forgotten));
        Read("c:1|c\ng:+1|g"); // begins at zero again, and says so
        Assert.Equal(("g{} 70 7|c{} 60 0|c{} 70 1", 2), (Flush(70), _counters.Metrics));
        for (int i = 8; i < 13; i++) Flush(i * 10);
        Assert.Equal(0, _counters.Metrics);
    }

    [Fact]
    public void TimersHaveCountSumExtremesAndPercentiles()
    {
        Restart(new StatsdOptions { Percentiles = [50, 90m, 99.9m] });
        Read(string.Join('\n', Enumerable.Range(1, 20).Reverse().Select(static i => $"t:{i}|ms|#a:b")));
        Assert.Equal("t_count{a=b} 0 0|t_count{a=b} 10 20|t_sum{a=b} 0 0|t_sum{a=b} 10 210|t_min{a=b} 10 1|"
            + "t_max{a=b} 10 20|t{a=b,quantile=0.5} 10 10|t{a=b,quantile=0.9} 10 18|t{a=b,quantile=0.999} 10 20",
            Flush(10).Replace("{quantile=0.5,a=b}", "{a=b,quantile=0.5}", StringComparison.Ordinal));
        Assert.Equal("t_count{a=b} 20 20|t_sum{a=b} 20 210", Flush(20)); // an interval without any
        Read("t:-1.5:2|h|@0.5|#a:b\nt:5|d|#a:b");
        Assert.Equal("t_count{a=b} 30 25|t_sum{a=b} 30 216|t_min{a=b} 30 -1.5|t_max{a=b} 30 5|"
            + "t{a=b,quantile=0.5} 30 2|t{a=b,quantile=0.9} 30 5|t{a=b,quantile=0.999} 30 5", Flush(30));
    }

    [Fact]
    public void PercentilesOfVeryManyAreMadeOfAChoice()
    {
        Random random = new(1);
        for (int i = 0; i < 100_000; i++)
            Read(string.Create(CultureInfo.InvariantCulture, $"t:{random.Next(0, 1000)}|ms"));
        Assert.Equal(100_000 - SampleBlock.MaxSamples, _counters.SampleOverflows);
        Dictionary<string, double> points = Flush(10).Split('|').Where(static p => p.Contains(" 10 "))
            .ToDictionary(static p => p.Split(' ')[0],
                static p => double.Parse(p.Split(' ')[2], CultureInfo.InvariantCulture));
        Assert.Equal((100_000, 0, 999), (points["t_count{}"], points["t_min{}"], points["t_max{}"]));
        Assert.InRange(points["t{quantile=0.5}"], 470, 530);
        Assert.InRange(points["t{quantile=0.99}"], 982, 996);
        Read("t:1|ms"); // the large block was kept; a small interval gives it back
        Flush(20);
        Assert.InRange(_budget.Used, 0, 40_000);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(MemberBlock.MaxExact)]
    [InlineData(20_000)]
    [InlineData(100_000)]
    public void SetsAreExactThenEstimated(int members)
    {
        for (int round = 0; round < 2; round++)
            for (int i = 0; i < members; i++)
                Read(string.Create(CultureInfo.InvariantCulture, $"s:user{i}|s"));
        double count = double.Parse(Flush(10).Split(' ')[2], CultureInfo.InvariantCulture);
        if (members <= MemberBlock.MaxExact) Assert.Equal(members, count);
        else Assert.InRange(count, members * 0.97, members * 1.03);
        Assert.Equal("s{} 20 0", Flush(20));
    }

    [Fact]
    public void AMetricStaysOfTheTypeThatItWasFirst()
    {
        Read("a:1|c\na:5|g\na:5|g\nb:1|h\nb:1|ms");
        Assert.StartsWith("a{} 0 0|a{} 10 1|b_count{} 0 0|b_count{} 10 2|", Flush(10), StringComparison.Ordinal);
        Assert.Equal((2, 0), (_counters.Conflicts, _protocol.Malformed));
    }

    [Fact]
    public void MetricsAreBounded()
    {
        Restart(new StatsdOptions { MaxMetrics = 3, Idle = TimeSpan.FromSeconds(10) });
        for (int i = 0; i < 10; i++) Read($"m{i}:1|g");
        Assert.Equal("m0{} 10 1|m1{} 10 1|m2{} 10 1", Flush(10));
        Assert.Equal(7, _counters.MetricOverflows);
        Read("m1:2|g\nm9:1|g");
        Flush(20);
        Read("m1:2|g");
        Assert.Equal("m1{} 30 2", Flush(30)); // those that are forgotten make room
        Read("m9:1|g");
        Assert.Equal("m1{} 40 2|m9{} 40 1", Flush(40));
    }

    [Fact]
    public void MemoryIsBounded()
    {
        ByteBudget budget = new(200_000);
        using (StatsdAggregator aggregator = Create(new StatsdOptions(), budget: budget))
        {
            for (int round = 0; round < 3; round++)
            {
                for (int i = 0; i < 5_000; i++)
                {
                    string name = new string('x', 100) + i;
                    aggregator.Read(Encoding.UTF8.GetBytes($"{name}a:{i}|c\n{name}b:{i}|ms\n{name}c:{i}|s"));
                }
                Assert.True(aggregator.TryFlush(10 * (round + 1)));
                Assert.InRange(budget.Used, 1, budget.Limit);
            }
            Assert.True(_counters.MetricOverflows > 0);
            Assert.Equal(0, _protocol.Malformed);
        }
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public void RefusedPointsAreCounted()
    {
        Read("limit:1|g\na:1|g");
        Assert.Equal("a{} 10 1", Flush(10));
        Assert.Equal((2, 1), (_protocol.Points, _protocol.Refused[(int)RefusalCode.SeriesLimit]));
        Read("a:9|g|T99999999999999999");
        Assert.Equal(1, _protocol.Refused[(int)RefusalCode.Malformed]);
    }

    [Fact]
    public void KnownLinesAllocateNothing()
    {
        byte[][] datagrams = [.. Enumerable.Range(0, 300).Select(static i => Encoding.UTF8.GetBytes(
            $"page.views{i}:1|c|#env:prod,host:web{i}\nlatency{i}:{i}.25|ms|@0.5\nload{i}:+3|g\nusers{i}:u{i}|s"))];
        using StatsdAggregator aggregator = Create(new StatsdOptions(), new QuietSink());
        foreach (byte[] datagram in datagrams) aggregator.Read(datagram);
        Assert.True(aggregator.TryFlush(10));
        foreach (byte[] datagram in datagrams) aggregator.Read(datagram); // a set's first member takes a block
        Assert.Equal(0, AllocatedBytes.LeastOf(() =>
        {
            foreach (byte[] datagram in datagrams) aggregator.Read(datagram);
        }));
        Assert.Equal((0, 0), (_protocol.Malformed, _counters.MetricOverflows));
    }
}
