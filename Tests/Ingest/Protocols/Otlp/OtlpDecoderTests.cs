using System;
using System.Collections.Generic;
using System.Linq;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Ingest.Http;
using Slungd.Ingest.Protocols.Otlp;
using Slungd.Tests.Ingest.Protocols.Protobuf;
using Xunit;
using static Slungd.Tests.Ingest.Protocols.Otlp.OtlpMessages;

namespace Slungd.Tests.Ingest.Protocols.Otlp;

public sealed class OtlpDecoderTests : IDisposable
{
    private readonly TextSink _sink = new();
    private readonly NotesText _notes = new();
    private readonly WriteBatch _batch;
    private readonly OtlpDecoder _decoder;
    private readonly TextSink _knownSink = new();
    private readonly OtlpDoor _known; // the same, and it remembers

    public OtlpDecoderTests()
    {
        _batch = new WriteBatch(_sink);
        DeltaTable deltas = new(1 << 20, HistogramPayload.Add);
        _decoder = new OtlpDecoder(Precision.Milliseconds, _batch, _notes, deltas, HistogramPayload.Encode);
        _known = new OtlpDoor(_knownSink, 1 << 20);
    }

    public void Dispose() => _known.Dispose();

    private List<string> Decode(byte[] request)
    {
        _sink.Points.Clear();
        _batch.Clear();
        bool isRead = _decoder.TryDecode(request);
        _decoder.Commit();
        Assert.True(isRead, _decoder.Problem);
        for (int round = 0; round < 3; round++) // sent again; deltas are taken once
        {
            _knownSink.Points.Clear();
            _known.Take(request);
            Assert.Equal(_sink.Points, _knownSink.Points);
            Assert.Equal((_decoder.Rejected(), _decoder.Problem), (_known.Decoder.Rejected(), _known.Decoder.Problem));
        }
        return _sink.Points;
    }

    private List<string> Decode(ProtoMessage metric) => Decode(Request(metric));

    private void Rejects(string problem, byte[] request, long rejected = 1)
    {
        Assert.Empty(Decode(request));
        Assert.Equal((rejected, problem), (_decoder.Rejected(), _decoder.Problem));
    }

    [Fact]
    public void AGaugeIsASeries()
    {
        ProtoMessage whole = new ProtoMessage().Fixed64(3, 6_999_999).Fixed64(6, unchecked((ulong)-3));
        Assert.Equal(["room_temperature_celsius{job=shop,room_name=1} 5 21.5",
            "room_temperature_celsius{job=shop} 6 -3"],
            Decode(Metric("room.temperature", "Cel", Gauge, 0, false, Number(5, 21.5, Attribute("room.name", "1")),
                whole)));
        Assert.Equal(["room_temperature_celsius gauge help=Help. unit=celsius"], _notes.Lines);
        Assert.Equal((2, 0, null), (_decoder.Points, _decoder.Rejected(), _decoder.Problem));
    }

    /// <summary>As protobuf merges it; of another kind the last holds.</summary>
    [Fact]
    public void PointsInSeveralMessagesOfOneMetricAreAllTaken()
    {
        ProtoMessage One(ulong time) => new ProtoMessage().Add(1, Number(time, 1));
        ProtoMessage metric = new ProtoMessage().Add(1, "a").Add(Sum, One(1)).Add(Gauge, One(2)).Add(Gauge, One(3));
        Assert.Equal(["a{job=shop} 2 1", "a{job=shop} 3 1"], Decode(metric));
        metric = new ProtoMessage().Add(1, "s").Add(Sum, One(2).Number(3, 1)).Add(Sum, One(3).Number(2, Cumulative));
        Assert.Equal(["s_total{job=shop} 2 1", "s_total{job=shop} 3 1"], Decode(metric));
    }

    /// <summary>Otherwise the points would be those of another service, or of none.</summary>
    [Fact]
    public void ServicesAndScopesThatAreNotInUtf8AreMalformed()
    {
        byte[] bad = [0xff, 0x41];
        ProtoMessage attribute = new ProtoMessage().Add(1, "service.name").Add(2, new ProtoMessage().Add(1, bad));
        ProtoMessage metric = Metric("a", "", Gauge, 0, false, Number(5, 1)), good = new();
        for (int round = 0; round < 2; round++)
        {
            Assert.False(_decoder.TryDecode(Request(new ProtoMessage().Add(1, attribute),
                new ProtoMessage().Add(2, metric))));
            Assert.False(_decoder.TryDecode(Request(good, new ProtoMessage().Add(1, new ProtoMessage().Add(1, bad))
                .Add(2, metric))));
            Assert.False(_known.Decoder.TryDecode(Request(good, new ProtoMessage().Add(2, metric).Add(3, bad))));
        }
    }

    /// <summary>All of a resource or scope in the request as a whole, of a metric or point in that alone; with a cache
    /// it is the same the second time.</summary>
    [Fact]
    public void TextsThatAreNotInUtf8AreRefused()
    {
        byte[] bad = [0xff, 0x41];
        ProtoMessage Value(byte[] text) => new ProtoMessage().Add(1, text);
        ProtoMessage list = new ProtoMessage().Add(5, new ProtoMessage().Add(1, Value(bad)));
        ProtoMessage map = new ProtoMessage().Add(6, new ProtoMessage().Add(1, new ProtoMessage().Add(1, bad)));
        ProtoMessage[] attributes = [new ProtoMessage().Add(1, bad).Add(2, Value([0x78])), Attribute("x", Value(bad)),
            Attribute("x", list), Attribute("x", map)];
        ProtoMessage good = Metric("a", "", Gauge, 0, false, Number(5, 1));
        foreach (ProtoMessage attribute in attributes)
        {
            foreach (byte[] request in (byte[][])[
                Request(new ProtoMessage().Add(1, attribute), new ProtoMessage().Add(2, good)),
                Request(new ProtoMessage(), new ProtoMessage().Add(1, new ProtoMessage().Add(3, attribute)))])
            {
                _batch.Clear();
                Assert.False(_decoder.TryDecode(request));
                Assert.Equal(0, _decoder.Points);
                for (int i = 0; i < 2; i++) Assert.False(_known.Decoder.TryDecode(request));
            }
            ProtoMessage exemplar = new ProtoMessage().Fixed64(2, 4_000_000).Double(3, 7).Add(7, attribute);
            _notes.Lines.Clear();
            Decode(Metric("a", "", Gauge, 0, false, Number(5, 1).Add(5, exemplar)));
            Assert.Contains("4 7 of __name__=a job=shop", _notes.Lines);
            Rejects("data point 1, of a: an attribute is too long, has no name, is not in UTF-8, or is one too many",
                Request(Metric("a", "", Gauge, 0, false, Number(5, 1, attribute))));
        }
        for (int field = 1; field <= 3; field++)
        {
            ProtoMessage metric = new ProtoMessage().Add(1, "b").Add(field, bad)
                .Add(Gauge, new ProtoMessage().Add(1, Number(5, 1)));
            byte[] request = Request(new ProtoMessage(), new ProtoMessage().Add(2, metric).Add(2, good));
            Assert.Equal(["a{} 5 1"], Decode(request));
            Assert.Equal(1, _decoder.Rejected());
            Assert.EndsWith(", and texts in UTF-8", _decoder.Problem, StringComparison.Ordinal);
        }
    }

    /// <summary>For protobuf a number of another type than the field's is of a field that it does not know.</summary>
    [Fact]
    public void FieldsOfAnotherTypeArePassedOver()
    {
        ProtoMessage Wrong() => new ProtoMessage().Number(3, 7).Number(4, 9).Number(6, 9).Number(7, 9).Double(8, 1)
            .Fixed32(5, 9).Number(5, 9);
        Rejects("data point 1, of a: expected time_unix_nano", Request(Metric("a", "", Gauge, 0, false,
            Wrong().Double(4, 1))));
        Rejects("data point 1, of a: expected a value", Request(Metric("a", "", Gauge, 0, false,
            Wrong().Fixed64(3, 5_000_000))));
        ProtoMessage attribute = Attribute("x", new ProtoMessage().Add(1, "y").Number(1, 1).Add(2, "no").Double(3, 1)
            .Number(4, 1).Number(5, 1).Number(6, 1).Number(7, 1)).Number(1, 1).Number(2, 1);
        Assert.Equal(["a{job=shop,x=y} 5 1"], Decode(Metric("a", "", Gauge, 0, false,
            Number(5, 1, attribute).Raw(Wrong().Bytes))));
        ProtoMessage counted = Buckets(5, 1, 2, 3).Number(3, 7).Number(4, 7).Number(5, 7).Number(6, 7).Fixed32(7, 7)
            .Number(8, 1).Number(9, 1).Double(10, 1);
        Assert.Equal(["h_count{job=shop} 5 6", "h_sum{job=shop} 5 9", "h_bucket{job=shop,le=0.5} 5 1",
            "h_bucket{job=shop,le=10} 5 3", "h_bucket{job=shop,le=+Inf} 5 6"],
            Decode(Metric("h", "", Histogram, Cumulative, false, counted)));
        ProtoMessage quantile = new ProtoMessage().Double(1, 0.5).Double(2, 7).Number(1, 1).Fixed32(2, 1);
        Assert.Equal(["s_sum{job=shop} 5 0", "s_count{job=shop} 5 0", "s{job=shop,quantile=0.5} 5 7"],
            Decode(Metric("s", "", Summary, 0, false, new ProtoMessage().Fixed64(3, 5_000_000).Number(4, 1)
                .Number(5, 1).Add(6, quantile).Number(6, 1).Number(7, 1).Double(8, 1))));
        ProtoMessage exponential = Exponents(5, 0, 1, 1, 2).Number(3, 1).Number(4, 1).Number(5, 1).Double(6, 1)
            .Number(7, 1).Number(8, 1).Number(9, 1).Double(10, 1).Number(11, 1).Number(14, 1).Number(1, 1);
        Decode(Metric("e", "", Exponential, Cumulative, false, exponential));
        FloatHistogram histogram = HistogramOf(_sink.Points.Single());
        Assert.Equal((5, 100, 0, 2, 1e-128), (histogram.Count, histogram.Sum, histogram.Schema, histogram.ZeroCount,
            histogram.ZeroThreshold));
    }

    /// <summary>The same for messages, and what says of which kind their points are.</summary>
    [Fact]
    public void MessagesOfAnotherTypeArePassedOver()
    {
        ProtoMessage gauge = new ProtoMessage().Add(1, Number(5, 1)).Number(1, 1);
        ProtoMessage metric = new ProtoMessage().Add(1, "a").Number(1, 1).Number(2, 1).Number(3, 1).Add(Gauge, gauge)
            .Number(Gauge, 1).Double(Sum, 1);
        ProtoMessage sum = new ProtoMessage().Add(1, Number(5, 1)).Number(2, Cumulative).Double(2, 1).Double(3, 1);
        ProtoMessage scope = new ProtoMessage().Add(1, new ProtoMessage().Add(1, "lib").Number(1, 1).Number(2, 1)
            .Number(3, 1)).Number(1, 1).Add(2, metric).Number(2, 1).Number(3, 1)
            .Add(2, new ProtoMessage().Add(1, "s").Add(Sum, sum));
        ProtoMessage resource = new ProtoMessage().Add(1, Attribute("service.name", "shop")).Number(1, 1);
        byte[] request = new ProtoMessage().Number(1, 1).Add(1, new ProtoMessage().Add(1, resource).Number(1, 1)
            .Add(2, scope).Number(2, 1)).Bytes;
        Assert.Equal(["a{job=shop,otel_scope_name=lib} 5 1", "s{job=shop,otel_scope_name=lib} 5 1"], Decode(request));
    }

    /// <summary>As protobuf merges them.</summary>
    [Fact]
    public void MessagesThatStandSeveralTimesAreOne()
    {
        ProtoMessage text = new ProtoMessage().Add(1, "x"), value = new ProtoMessage().Add(1, "y");
        ProtoMessage attribute = new ProtoMessage().Add(2, text).Add(1, "k").Add(2, new ProtoMessage()).Add(2, value);
        ProtoMessage scope = new ProtoMessage().Add(1, new ProtoMessage().Add(1, "lib").Add(3, Attribute("b", "c")))
            .Add(2, Metric("a", "", Gauge, 0, false, Number(5, 1, attribute)))
            .Add(1, new ProtoMessage().Add(2, "2"));
        ProtoMessage metrics = new ProtoMessage()
            .Add(1, new ProtoMessage().Add(1, Attribute("service.name", "shop")).Add(1, Attribute("host.name", "h1")))
            .Add(2, scope).Add(1, new ProtoMessage().Add(1, Attribute("service.instance.id", "i")));
        Assert.Equal(["a{job=shop,instance=i,otel_scope_name=lib,otel_scope_version=2,otel_scope_b=c,k=y} 5 1",
            "target_info{job=shop,instance=i,host_name=h1} 5 1"], Decode(new ProtoMessage().Add(1, metrics).Bytes));
        ProtoMessage point = new ProtoMessage().Fixed64(3, 5_000_000).Fixed64(4, 6).Double(5, 1);
        foreach (int field in (int[])[8, 9])
            point.Add(field, new ProtoMessage().Packed(2, 1)).Add(field, new ProtoMessage().Number(1, 4).Packed(2, 2));
        Decode(Metric("e", "", Exponential, Cumulative, false, point));
        FloatHistogram histogram = HistogramOf(_sink.Points.Single());
        Assert.Equal([3, 4], histogram.Positive.Indexes.ToArray());
        Assert.Equal([1.0, 2.0], histogram.Negative.Counts.ToArray());
    }

    [Fact]
    public void SumsAreCountersOrGauges()
    {
        Assert.Equal(["a_total{job=shop} 5 1"], Decode(Metric("a", "1", Sum, Cumulative, true, Number(5, 1))));
        Assert.Equal(["a{job=shop} 5 1"], Decode(Metric("a", "1", Sum, Cumulative, false, Number(5, 1))));
        Assert.Equal(["a_total counter help=Help. unit=", "a gauge help=Help. unit="], _notes.Lines);
    }

    [Fact]
    public void TheResourceIsJobAndInstanceAndTargetInfo()
    {
        ProtoMessage resource = new ProtoMessage().Add(1, Attribute("service.name", "shop"))
            .Add(1, Attribute("host.name", "h1")).Add(1, Attribute("service.namespace", "eu"))
            .Add(1, Attribute("service.instance.id", "i-1"));
        ProtoMessage scope = new ProtoMessage().Add(1, new ProtoMessage().Add(1, "lib").Add(2, "1.2")
            .Add(3, Attribute("a.b", "c"))).Add(3, "http://schema");
        scope.Add(2, Metric("a", "", Gauge, 0, false, Number(5, 1, Attribute("job", "mine")), Number(400_000, 2)));
        const string own = "{job=eu/shop,instance=i-1,otel_scope_name=lib,otel_scope_version=1.2,"
            + "otel_scope_schema_url=http://schema,otel_scope_a_b=c}";
        const string info = "target_info{job=eu/shop,instance=i-1,host_name=h1} ";
        Assert.Equal([$"a{own} 5 1", $"a{own} 400000 2", info + "5 1", info + "150005 1", info + "300005 1",
            info + "400000 1"], Decode(Request(resource, scope)));
        Assert.Equal(["b{} 5 1"], Decode(Request(new ProtoMessage().Add(1, Attribute("host.name", "h1")),
            new ProtoMessage().Add(2, Metric("b", "", Gauge, 0, false, Number(5, 1))))));
    }

    /// <summary>Unsigned nanoseconds reach further than signed ones, and as far as most stores.</summary>
    [Theory]
    [InlineData("ns", false, "")]
    [InlineData("us", true, "18446744073709551")]
    [InlineData("ms", true, "18446744073709")]
    [InlineData("s", true, "18446744073")]
    public void TimesAreTakenThatTheStoreHas(string unit, bool isTaken, string expected)
    {
        Precisions.TryParse(unit, out Precision precision);
        TextSink sink = new(precision);
        using OtlpDoor door = new(sink, 0);
        ProtoMessage resource = new ProtoMessage().Add(1, Attribute("service.name", "shop"))
            .Add(1, Attribute("host.name", "h"));
        ProtoMessage point = new ProtoMessage().Fixed64(3, ulong.MaxValue).Double(4, 1)
            .Add(5, new ProtoMessage().Fixed64(2, ulong.MaxValue).Double(3, 7));
        ProtoMessage early = new ProtoMessage().Fixed64(3, ulong.MaxValue - 200_000_000_000).Double(4, 1);
        string answer = door.Take(Request(resource,
            new ProtoMessage().Add(2, Metric("a", "", Sum, Cumulative, false, early, point))));
        if (!isTaken)
        {
            Assert.Equal("True 2 2 0 data point 1, of a: the time is beyond the year 2262, where a store of "
                + "nanoseconds ends", answer);
            return;
        }
        Assert.Equal("True 2 0 0 ", answer);
        Assert.Equal([$"a{{job=shop}} {expected} 1", $"target_info{{job=shop,host_name=h}} {expected} 1"],
            sink.Points.Where(line => line.Split(' ')[1] == expected));
        Assert.Equal(5, sink.Points.Count); // with another of the information between
        Assert.Equal($"{expected} 7 of __name__=a job=shop", door.Notes.Lines[^1]);
    }

    [Fact]
    public void AttributesBecomeLabels()
    {
        ProtoMessage list = new ProtoMessage().Add(5, new ProtoMessage().Add(1, new ProtoMessage().Add(1, "x\""))
            .Add(1, new ProtoMessage().Number(3, 7)).Add(1, new ProtoMessage().Double(4, 1.5)).Add(1, ""));
        ProtoMessage map = new ProtoMessage().Add(6, new ProtoMessage()
            .Add(1, Attribute("b", new ProtoMessage().Number(2, 1))).Add(1, Attribute("a", "é")));
        Assert.Equal(["g{job=shop,a_b=1;2,key_9=x,key_p=y,__q=z,b=true,i=-1,f=0.25,bytes=AQI=,l=[\"x\\\"\",7,1.5,null],"
            + "m={\"a\":\"é\",\"b\":true},gr__e=s,key_a=1,__b=2} 5 1"],
            Decode(Metric("g", "", Gauge, 0, false, Number(5, 1, Attribute("a.b", "1"), Attribute("9", "x"),
                Attribute("_p", "y"), Attribute("__q", "z"), Attribute("a-b", "2"), Attribute("none", ""),
                Attribute("b", new ProtoMessage().Number(2, 1)),
                Attribute("i", new ProtoMessage().Number(3, ulong.MaxValue)),
                Attribute("f", new ProtoMessage().Double(4, 0.25)), Attribute("bytes", new ProtoMessage().Add(7, 1, 2)),
                Attribute("l", list), Attribute("m", map), Attribute("größe", "s"),
                Attribute("éa", "1"), Attribute("é.b", "2"), Attribute("__name__", "n")))));
    }

    /// <summary>As the Collector and JavaScript write them.</summary>
    [Theory]
    [InlineData(0, "0", "0")]
    [InlineData(-3, "-3", "-3")]
    [InlineData(1e15, "1000000000000000", "1000000000000000")]
    [InlineData(123456789012345680000d, "123456789012345680000", "123456789012345680000")]
    [InlineData(1e21, "1e+21", "1e+21")]
    [InlineData(-1.5e300, "-1.5e+300", "-1.5e+300")]
    [InlineData(0.000001, "0.000001", "0.000001")]
    [InlineData(1.5e-7, "1.5e-7", "1.5e-7")]
    [InlineData(5e-324, "5e-324", "5e-324")]
    [InlineData(1e-10, "1e-10", "1e-10")]
    [InlineData(double.NaN, "NaN", "\"NaN\"")]
    [InlineData(double.PositiveInfinity, "Infinity", "\"Infinity\"")]
    [InlineData(double.NegativeInfinity, "-Infinity", "\"-Infinity\"")]
    public void FloatsAreWrittenAsJsonHasThem(double number, string alone, string listed)
    {
        ProtoMessage list = new ProtoMessage().Add(5,
            new ProtoMessage().Add(1, new ProtoMessage().Double(4, number)));
        Assert.Equal([$"g{{job=shop,f={alone},l=[{listed}]}} 5 1"], Decode(Metric("g", "", Gauge, 0, false,
            Number(5, 1, Attribute("f", new ProtoMessage().Double(4, number)), Attribute("l", list)))));
    }

    [Fact]
    public void AHistogramIsASeriesForEachBucket()
    {
        ProtoMessage exemplar = new ProtoMessage().Fixed64(2, 4_000_000).Double(3, 7).Add(4, 0, 1, 2, 3, 4, 5, 6, 0xff)
            .Add(5, 1, 2).Add(7, Attribute("user", "u"));
        ProtoMessage point = Buckets(5, 1, 2, 3).Add(9, Attribute("le", "lost")).Add(9, Attribute("x", "y"))
            .Add(8, exemplar);
        Assert.Equal(["h_seconds_count{job=shop,le=lost,x=y} 5 6", "h_seconds_sum{job=shop,le=lost,x=y} 5 9",
            "h_seconds_bucket{job=shop,x=y,le=0.5} 5 1", "h_seconds_bucket{job=shop,x=y,le=10} 5 3",
            "h_seconds_bucket{job=shop,x=y,le=+Inf} 5 6"],
            Decode(Metric("h", "s", Histogram, Cumulative, false, point)));
        Assert.Equal(["h_seconds histogram help=Help. unit=seconds",
            "4 7 of __name__=h_seconds_bucket job=shop x=y le=10 with trace_id=0102"
            + " with span_id=00010203040506ff with user=u"], _notes.Lines);
        Assert.Equal(["h_count{job=shop} 5 0", "h_bucket{job=shop,le=+Inf} 5 0"],
            Decode(Metric("h", "", Histogram, Cumulative, false, new ProtoMessage().Fixed64(3, 5_000_000))));
    }

    [Theory]
    [InlineData(Cumulative, 99, 1, 2)]
    [InlineData(Delta, 99, 1, 2)]
    [InlineData(Cumulative, 3, 2, 1)]
    [InlineData(Cumulative, 3, 1, 1)]
    [InlineData(Cumulative, 3, 1, double.NaN)]
    [InlineData(Cumulative, 3, double.NaN, 1)]
    public void AHistogramThatContradictsItselfIsRejected(ulong temporality, ulong count, double first, double second)
    {
        ProtoMessage point = new ProtoMessage().Fixed64(3, 5_000_000).Fixed64(4, count).Add(6, Packed(1, 2, 0))
            .Add(7, Packed(BitConverter.DoubleToUInt64Bits(first), BitConverter.DoubleToUInt64Bits(second)));
        Assert.Empty(Decode(Metric("h", "", Histogram, temporality, false, point)));
        Assert.Equal(1, _decoder.Rejected());
        Assert.Contains("bounds that increase", _decoder.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void ASummaryIsASeriesForEachQuantile()
    {
        ProtoMessage point = new ProtoMessage().Fixed64(3, 5_000_000).Fixed64(4, 3).Double(5, 1.5)
            .Add(6, new ProtoMessage().Double(1, 0.5).Double(2, 7))
            .Add(6, new ProtoMessage().Double(1, 1).Double(2, 8));
        Assert.Equal(["s_sum{job=shop} 5 1.5", "s_count{job=shop} 5 3", "s{job=shop,quantile=0.5} 5 7",
            "s{job=shop,quantile=1} 5 8"], Decode(Metric("s", "", Summary, 0, false, point)));
    }

    [Fact]
    public void AnEndedSeriesIsStale()
    {
        ProtoMessage point = new ProtoMessage().Fixed64(3, 5_000_000).Number(8, 1);
        Decode(Metric("g", "", Gauge, 0, false, point));
        Assert.Equal("g{job=shop} 5 NaN", _sink.Points.Single());
        Decode(Metric("e", "", Exponential, Cumulative, false,
            new ProtoMessage().Fixed64(3, 5_000_000).Number(10, 1)));
        Assert.Equal(0x7ff0000000000002UL, BitConverter.DoubleToUInt64Bits(HistogramOf(_sink.Points.Single()).Sum));
    }

    private static FloatHistogram HistogramOf(string point)
    {
        Assert.Contains("=histogram} ", point, StringComparison.Ordinal);
        Assert.True(HistogramCodec.TryDecode(Convert.FromHexString(point.Split(' ')[2]), out FloatHistogram histogram));
        return histogram;
    }

    private static ProtoMessage Exponents(ulong time, int scale, int offset, params int[] counts) => new ProtoMessage()
        .Fixed64(3, time * 1_000_000).Fixed64(4, (ulong)counts.Sum() + 2).Double(5, 100)
        .Number(6, Slungd.Native.Bits.Varint.ZigZag(scale)).Fixed64(7, 2)
        .Add(8, new ProtoMessage().Number(1, Slungd.Native.Bits.Varint.ZigZag(offset)).Packed(2, counts));

    [Theory]
    [InlineData(0, 0, "1:1 3:2")]
    [InlineData(8, -3, "-2:1 0:2")]
    [InlineData(9, -3, "-1:1 0:2")] // one finer than schemas are: pairs of buckets are one
    [InlineData(-4, 5, "6:1 8:2")]
    public void AnExponentialHistogramIsANativeOne(int scale, int offset, string buckets)
    {
        Decode(Metric("e", "s", Exponential, Cumulative, false, Exponents(5, scale, offset, 1, 0, 2)));
        FloatHistogram histogram = HistogramOf(_sink.Points.Single());
        string read = string.Join(' ', histogram.Positive.Indexes.ToArray().Zip(histogram.Positive.Counts.ToArray(),
            static (index, count) => $"{index}:{count}"));
        Assert.Equal((buckets, Math.Min(8, scale)), (read, histogram.Schema));
        Assert.Equal((5, 100, 2, 1e-128),
            (histogram.Count, histogram.Sum, histogram.ZeroCount, histogram.ZeroThreshold));
    }

    [Theory]
    [InlineData(1, 0, 0, "1:1", null)]
    [InlineData(9, 0, 0, "1:1", "expected counts of buckets and of zero whose sum is the point's count")]
    [InlineData(1, 0, 0, "1:5", "expected counts of buckets and of zero whose sum is the point's count")]
    [InlineData(0, 0, 4, "", "expected counts of buckets and of zero whose sum is the point's count")]
    [InlineData(1, 0, 0, "1024:1", null)] // of infinity
    [InlineData(1, 0, 0, "1025:1", "a bucket lies beyond what floats hold")]
    [InlineData(1, 0, 0, "-1075:1", null)]
    [InlineData(1, 0, 0, "-1076:1", "a bucket lies beyond what floats hold")]
    [InlineData(1, -4, 0, "64:1", null)]
    [InlineData(1, -4, 0, "65:1", "a bucket lies beyond what floats hold")]
    [InlineData(1, 20, 0, "1073741823:1", null)]
    [InlineData(1, 20, 0, "1073745920:1", "a bucket lies beyond what floats hold")]
    [InlineData(1_024, 4, 0, "0:1*1024", null)]
    [InlineData(1_025, 4, 0, "0:1*1025", "expected at most 1024 buckets with observations")]
    [InlineData(2_048, 9, 0, "0:1*2048", null)] // pairs of buckets are one
    [InlineData(1, -5, 0, "0:1", "expected a scale of -4 or finer, at most 40")]
    public void AnExponentialHistogramHoldsWhatItSays(ulong count, int scale, ulong zeroCount, string buckets,
        string? problem)
    {
        ProtoMessage point = new ProtoMessage().Fixed64(3, 5_000_000).Fixed64(4, count).Double(5, 1)
            .Number(6, Slungd.Native.Bits.Varint.ZigZag(scale)).Fixed64(7, zeroCount);
        if (buckets.Length > 0)
        {
            string[] parts = buckets.Split(':', '*');
            int[] counts = [.. Enumerable.Repeat(int.Parse(parts[1]), parts.Length == 3 ? int.Parse(parts[2]) : 1)];
            point.Add(8, new ProtoMessage().Number(1, Slungd.Native.Bits.Varint.ZigZag(int.Parse(parts[0])))
                .Packed(2, counts));
        }
        foreach (ulong temporality in new[] { Cumulative, Delta })
        {
            int stored = Decode(Metric("e", "", Exponential, temporality, false, point)).Count;
            string? said = problem is null ? null : $"data point 1, of e: {problem}";
            Assert.Equal((problem is null ? 1 : 0, said), (stored, _decoder.Problem));
        }
    }

    [Fact]
    public void ObservationsOfNanAreInNoBucket()
    {
        ProtoMessage Point(ulong count, double sum) => new ProtoMessage().Fixed64(3, 5_000_000).Fixed64(4, count)
            .Double(5, sum).Add(8, new ProtoMessage().Packed(2, 2));
        Assert.Single(Decode(Metric("e", "", Exponential, Cumulative, false, Point(3, double.NaN))));
        Rejects("data point 1, of e: expected counts of buckets and of zero whose sum is the point's count",
            Request(Metric("e", "", Exponential, Cumulative, false, Point(1, double.NaN))));
    }

    /// <summary>Otherwise a bucket would end before it begins.</summary>
    [Theory]
    [InlineData(100, "28 (64,128]")]
    [InlineData(2, "3 (2,4] (4,8] (8,16] (16,32] (32,64] (64,128]")] // the bucket from 1 to 2 ends there
    [InlineData(1.5, "1 (1,2] (2,4] (4,8] (8,16] (16,32] (32,64] (64,128]")]
    public void BucketsWithinTheZeroBucketBelongToIt(double threshold, string expected)
    {
        int[] counts = [1, 2, 3, 4, 5, 6, 7, 8];
        ProtoMessage point = new ProtoMessage().Fixed64(3, 5_000_000).Fixed64(4, 36).Double(5, 1)
            .Add(8, new ProtoMessage().Number(1, Slungd.Native.Bits.Varint.ZigZag(-1)).Packed(2, counts))
            .Double(14, threshold);
        Decode(Metric("e", "", Exponential, Cumulative, false, point));
        FloatHistogram histogram = HistogramOf(_sink.Points.Single());
        string read = string.Join(' ', histogram.Positive.Indexes.ToArray().Select(index =>
            $"({histogram.UpperOf(index - 1)},{histogram.UpperOf(index)}]"));
        Assert.Equal(expected, $"{histogram.ZeroCount} {read}");
    }

    /// <summary>Each delta may have other buckets.</summary>
    [Fact]
    public void SumsOfDeltasWithTooManyBucketsAreMadeCoarser()
    {
        int[] ones = [.. Enumerable.Repeat(1, 1_000)];
        for (int i = 0; i < 4; i++)
        {
            Decode(Metric("e", "", Exponential, Delta, false, new ProtoMessage().Fixed64(3, 5_000_000 + (ulong)i)
                .Fixed64(4, 1_000).Number(6, Slungd.Native.Bits.Varint.ZigZag(8))
                .Add(8, new ProtoMessage().Number(1, Slungd.Native.Bits.Varint.ZigZag(1_000 * i)).Packed(2, ones))));
        }
        FloatHistogram sum = HistogramOf(_sink.Points.Single());
        Assert.Equal((6, 4_000, 1_000), (sum.Schema, sum.Count, sum.Positive.Length));
    }

    [Fact]
    public void DeltasAddUp()
    {
        byte[] At(ulong time, double value) => Request(Metric("d", "", Sum, Delta, true, Number(time, value)));
        Assert.Equal(["d_total{job=shop} 5 2"], Decode(At(5, 2)));
        Assert.Equal(["d_total{job=shop} 6 5"], Decode(At(6, 3)));
        Assert.Equal(["d_total{job=shop} 6 5"], Decode(At(6, 3))); // sent again
        Rejects("data point 1, of d: the delta is older than the last one of its series", At(5, 2));
        Assert.Equal(["d_total{job=shop} 7 6"], Decode(At(7, 1)));
        ProtoMessage soon = new ProtoMessage().Fixed64(2, 1).Fixed64(3, 7_000_400).Double(4, 2); // not sent again
        Assert.Equal(["d_total{job=shop} 7 8"], Decode(Metric("d", "", Sum, Delta, true, soon)));
        Decode(Metric("h", "", Histogram, Delta, false, Buckets(5, 1, 2, 3)));
        Assert.Equal(["h_count{job=shop} 6 9", "h_sum{job=shop} 6 18", "h_bucket{job=shop,le=0.5} 6 2",
            "h_bucket{job=shop,le=10} 6 5", "h_bucket{job=shop,le=+Inf} 6 9"],
            Decode(Metric("h", "", Histogram, Delta, false, Buckets(6, 1, 1, 1))));
        Decode(Metric("e", "", Exponential, Delta, false, Exponents(5, 1, 0, 1, 1)));
        Decode(Metric("e", "", Exponential, Delta, false, Exponents(6, 0, 0, 4)));
        Rejects("data point 1, of e: the delta is older than the last one of its series",
            Request(Metric("e", "", Exponential, Delta, false, Exponents(5, 0, 0, 4))));
        Decode(Metric("e", "", Exponential, Delta, false, Exponents(6, 0, 0, 4))); // sent again
        FloatHistogram sum = HistogramOf(_sink.Points.Single());
        Assert.Equal((0, 10, 200, 4), (sum.Schema, sum.Count, sum.Sum, sum.ZeroCount));
        Assert.Equal([6.0], sum.Positive.Counts.ToArray());
    }

    [Fact]
    public void WhatCantBeStoredIsRejectedAlone()
    {
        ProtoMessage noTime = new ProtoMessage().Double(4, 1), noValue = new ProtoMessage().Fixed64(3, 1_000_000);
        Rejects("data point 1, of a: expected time_unix_nano", Request(Metric("a", "", Gauge, 0, false, noTime)));
        Rejects("data point 1, of a: expected a value", Request(Metric("a", "", Gauge, 0, false, noValue)));
        foreach (ProtoMessage attribute in (ProtoMessage[])[Attribute("", "x"), Attribute("x", new string('y', 65_536)),
            Attribute("x", new ProtoMessage().Add(1, 0xc3, 0x28))])
            Rejects("data point 1, of a: an attribute is too long, has no name, is not in UTF-8, or is one too many",
                Request(Metric("a", "", Gauge, 0, false, Number(5, 1, attribute))));
        Rejects("data point 1, of a: expected an aggregation temporality: delta or cumulative",
            Request(Metric("a", "", Sum, 0, true, Number(5, 1))));
        Rejects("data point 1, of .: expected a name with a letter or a digit, of at most 65535 bytes, and texts"
            + " in UTF-8",
            Request(Metric(".", "", Gauge, 0, false, Number(5, 1))));
        Rejects("data point 1, of a: expected a count for each bucket, at most 1024 bounds",
            Request(Metric("a", "", Histogram, Cumulative, false, Buckets(5, 1, 2))));
        Rejects("data point 1, of e: expected a scale of -4 or finer, at most 40",
            Request(Metric("e", "", Exponential, Cumulative, false, Exponents(5, -5, 0, 1))));
        ProtoMessage quantiles = new ProtoMessage().Fixed64(3, 1_000_000);
        for (int i = 0; i < 1_025; i++) quantiles.Add(6, new ProtoMessage());
        Rejects("data point 1, of s: expected at most 1024 quantiles",
            Request(Metric("s", "", Summary, 0, false, quantiles)));
        Assert.Equal(["a{job=shop} 5 1"],
            Decode(Metric("a", "", Gauge, 0, false, noTime, Number(5, 1))));
        Assert.Equal(1, _decoder.Rejected());
    }

    [Fact]
    public void WhatTheStoreRefusesIsCountedByDataPoint()
    {
        _sink.TooOld.AddRange([6, 8]);
        _knownSink.TooOld.AddRange([6, 8]);
        Decode(Metric("h", "", Histogram, Cumulative, false, Buckets(5, 1, 2, 3), Buckets(6, 1, 2, 3),
            Buckets(7, 1, 2, 3), Buckets(8, 1, 2, 3)));
        Assert.Equal((4, 2, null), (_decoder.Points, _decoder.Rejected(), _decoder.Problem));
        Decode(Metric("limit_h", "", Histogram, Cumulative, false, Buckets(5, 1, 2, 3), Buckets(7, 1, 2, 3)));
        Assert.Equal(2, _decoder.Rejected());
    }

    /// <summary>What is megabytes long where a few bytes are usual is refused without being unpacked.</summary>
    [Fact]
    public void WhatIsFarTooLongTakesNoMemory()
    {
        byte[] large = new byte[4 << 20], pairs = new byte[4 << 20]; // empty messages in field 6
        for (int i = 0; i < pairs.Length; i += 2) pairs[i] = 6 << 3 | 2;
        ProtoMessage bounds = new();
        for (int i = 0; i < 100_000; i++) bounds.Double(6, 1).Double(7, 1);
        ProtoMessage nested = new ProtoMessage().Add(1, large);
        for (int i = 0; i < 8; i++)
            nested = Attribute("m", new ProtoMessage().Add(6, new ProtoMessage().Add(1, nested)));
        string name = new('n', 4 << 20);
        byte[][] requests =
        [
            Request(Metric("a", "", Gauge, 0, false, Number(1, 1, Attribute("b", new ProtoMessage().Add(7, large))))),
            Request(Metric("a", "", Gauge, 0, false, Number(1, 1, nested))),
            Request(Metric("a", "", Summary, 0, false, new ProtoMessage().Fixed64(3, 1_000_000).Raw(pairs))),
            Request(Metric("a", "", Histogram, Cumulative, false, bounds.Fixed64(3, 1_000_000))),
            Request(Metric("a", "", Histogram, Cumulative, false, new ProtoMessage().Double(7, 1).Add(7, large)
                .Fixed64(3, 1_000_000))),
            Request(Metric(name, "", Gauge, 0, false, Number(1, 1))),
            Request(new ProtoMessage().Add(1, Attribute("service.name", name))
                .Add(1, Attribute("service.namespace", name)), new ProtoMessage().Add(2,
                Metric("a", "", Gauge, 0, false, Number(1, 1, Attribute("", "x"))))),
        ];
        foreach (byte[] request in requests)
        {
            _batch.Clear();
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.True(_decoder.TryDecode(request));
            _decoder.Commit();
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
            Assert.Equal(1, _decoder.Rejected());
        }
    }

    [Fact]
    public void JoinedAttributesAreBounded()
    {
        ProtoMessage[] attributes = new ProtoMessage[258];
        for (int i = 0; i < attributes.Length; i++) attributes[i] = Attribute(i % 2 == 0 ? "a." : "a-", "x");
        Assert.Single(Decode(Metric("g", "", Gauge, 0, false, Number(5, 1, attributes[..257]),
            Number(6, 1, attributes))));
        Assert.Equal(1, _decoder.Rejected());
    }

    [Fact]
    public void CutAnywhereItIsMalformedOrShorter()
    {
        byte[] request = Request(Metric("h", "s", Histogram, Cumulative, false,
            Buckets(5, 1, 2, 3).Add(9, Attribute("x", "y"))));
        for (int length = 1; length < request.Length; length++)
        {
            _batch.Clear();
            Assert.False(_decoder.TryDecode(request.AsSpan(0, length)));
            Assert.StartsWith("expected an ExportMetricsServiceRequest", _decoder.Problem, StringComparison.Ordinal);
        }
    }
}
