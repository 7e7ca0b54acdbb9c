using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Ingest.Http;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.RemoteWrite;
using Slungd.Native.Memory;
using Slungd.Tests.Ingest.Protocols.Protobuf;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols.RemoteWrite;

public class RemoteWriteDecoderTests
{
    private readonly TextSink _sink = new(Precision.Microseconds);
    private readonly NotesText _notes = new();
    private readonly LineCache _cache = new(new ByteBudget(1 << 20), seed: 7);
    private readonly WriteBatch _batch;
    private readonly RemoteWriteDecoder _decoder;

    public RemoteWriteDecoderTests()
    {
        _batch = new WriteBatch(_sink);
        _decoder = new RemoteWriteDecoder(Precision.Microseconds, _batch, _notes, HistogramPayload.Encode, _cache);
    }

    internal static ProtoMessage Label(string name, string value) => new ProtoMessage().Add(1, name).Add(2, value);

    internal static ProtoMessage Sample(double value, long milliseconds) =>
        new ProtoMessage().Double(1, value).Number(2, (ulong)milliseconds);

    internal static ProtoMessage Series(params string[] labels)
    {
        ProtoMessage series = new();
        foreach (string label in labels)
        {
            int equals = label.IndexOf(':', StringComparison.Ordinal);
            series.Add(1, Label(label[..equals], label[(equals + 1)..]));
        }
        return series;
    }

    private bool Decode(ProtoMessage message, bool isVersion2 = false)
    {
        _batch.Clear();
        bool isMessage = isVersion2 ? _decoder.TryDecodeV2(message.Bytes) : _decoder.TryDecode(message.Bytes);
        _batch.Commit();
        return isMessage;
    }

    [Fact]
    public void SeriesAndSamplesArrive()
    {
        ProtoMessage message = new ProtoMessage()
            .Add(1, Series("__name__:up", "instance:a:9090", "job:x", "note:")
                .Add(2, Sample(1, 1_000)).Add(2, Sample(0, -1)))
            .Add(1, Series("a:1", "__name__:späť").Add(2, new ProtoMessage()))
            .Add(9, "of a later version");
        Assert.True(Decode(message));
        Assert.Equal(
        [
            "up{instance=a:9090,job=x} 1000000 1", "up{instance=a:9090,job=x} -1000 0", "späť{a=1} 0 0",
        ], _sink.Points);
        Assert.Equal((2, 3), (_decoder.Counts.Series, _decoder.Counts.Samples));
        Assert.Null(_decoder.Problem);
        Assert.Equal(0, _batch.Refusals.Points);
    }

    [Fact]
    public void KnownSeriesAreFoundByTheirLabelsInAnyOrder()
    {
        ProtoMessage[] series =
        [
            Series("__name__:a", "job:x"), Series("__name__:a", "job:y"), Series("job:x", "__name__:a"),
            Series("__name__:limit"), Series("__name__:b", "path:" + new string('p', 300)),
        ];
        string[] names = ["a{job=x}", "a{job=y}", "a{job=x}", "", $"b{{path={new string('p', 300)}}}"];
        for (int round = 0; round < 4; round++)
        {
            ProtoMessage message = new();
            List<string> expected = [];
            for (int i = 0; i < 10; i++)
            {
                int which = (i * (round + 1) + round) % series.Length;
                ProtoMessage one = new ProtoMessage().Raw(series[which].Bytes);
                for (int n = 0; n <= i * 40; n++)
                {
                    one.Add(2, Sample(n, n));
                    if (names[which].Length > 0) expected.Add($"{names[which]} {n * 1000} {n}");
                }
                message.Add(1, one);
            }
            _sink.Points.Clear();
            Assert.True(Decode(message));
            Assert.Equal(expected, _sink.Points);
            Assert.Equal(RefusalCode.SeriesLimit, _batch.Refusals.Runs[0].Code);
            Assert.Equal(_batch.Count - expected.Count, _batch.Refusals.Points);
        }
        Assert.Equal(4, _cache.Count); // not the refused one
    }

    [Fact]
    public void WhereMostSeriesAreNewFewAreRemembered()
    {
        int next = 0;
        for (int request = 0; request < 32; request++)
        {
            ProtoMessage message = new();
            for (int i = 0; i < 300; i++) message.Add(1, Series($"__name__:s{next++}").Add(2, Sample(i, 1)));
            Assert.True(Decode(message));
        }
        Assert.Equal(32 * 300, _sink.Points.Count);
        Assert.Equal(6 * 300, _cache.Count);
        for (int request = 0; request < 20; request++) // the same ones again and again
        {
            ProtoMessage message = new();
            for (int i = 0; i < 300; i++) message.Add(1, Series($"__name__:s{i}").Add(2, Sample(i, request)));
            Assert.True(Decode(message));
        }
        Assert.Equal(6 * 300, _cache.Count);
        Assert.Equal("s299{} 19000 299", _sink.Points[^1]);
    }

    [Fact]
    public void AFullCacheChangesNothing()
    {
        using LineCache small = new(new ByteBudget(16 << 10), seed: 1);
        RemoteWriteDecoder decoder =
            new(Precision.Microseconds, _batch, _notes, HistogramPayload.Encode, small);
        for (int round = 0; round < 3; round++)
        {
            ProtoMessage message = new();
            for (int i = 0; i < 500; i++) message.Add(1, Series($"__name__:s{i}", "job:x").Add(2, Sample(i, round)));
            _sink.Points.Clear();
            _batch.Clear();
            Assert.True(decoder.TryDecode(message.Bytes));
            _batch.Commit();
            Assert.Equal(500, _sink.Points.Count);
            for (int i = 0; i < 500; i++) Assert.Equal($"s{i}{{job=x}} {round * 1000} {i}", _sink.Points[i]);
        }
    }

    [Fact]
    public void TheStaleMarkerKeepsItsBits()
    {
        double stale = BitConverter.UInt64BitsToDouble(0x7ff0000000000002);
        TextSink sink = new();
        WriteBatch batch = new(sink);
        new RemoteWriteDecoder(Precision.Milliseconds, batch, _notes, HistogramPayload.Encode).TryDecode(
            new ProtoMessage().Add(1, Series("__name__:up").Add(2, Sample(stale, 5))).Bytes);
        batch.Commit();
        Assert.Equal(["up{} 5 NaN"], sink.Points);
    }

    [Theory]
    [InlineData("expected a label __name__", "job:x")]
    [InlineData("expected a label __name__", "__name__:", "job:x")]
    [InlineData("stands twice", "__name__:a", "job:x", "job:y")]
    [InlineData("stands twice", "__name__:a", "job:x", "zone:1", "job:y")]
    [InlineData("stands twice", "__name__:a", "job:x", "__name__:b")]
    [InlineData("empty or contains '='", "__name__:a", "j=b:x")]
    [InlineData("empty or contains '='", "__name__:a", ":x")]
    public void ASeriesThatCantBeStoredLeavesItsNeighbours(string problem, params string[] labels)
    {
        ProtoMessage message = new ProtoMessage()
            .Add(1, Series("__name__:a").Add(2, Sample(1, 1)))
            .Add(1, Series(labels).Add(2, Sample(2, 2)).Add(2, Sample(3, 3)))
            .Add(1, Series("__name__:b").Add(2, Sample(4, 4)));
        Assert.True(Decode(message));
        Assert.Equal(["a{} 1000 1", "b{} 4000 4"], _sink.Points);
        Assert.Contains(problem, _decoder.Problem, StringComparison.Ordinal);
        Assert.StartsWith("series 2: ", _decoder.Problem, StringComparison.Ordinal);
        Assert.Equal(4, _batch.Count);
        Assert.Equal([new Refusal(1, 2, RefusalCode.Malformed)], _batch.Refusals.Runs.ToArray());
    }

    [Fact]
    public void ALabelThatStandsTwiceIsRefusedInVersion2()
    {
        ProtoMessage message = new ProtoMessage().Add(4, "").Add(4, "__name__").Add(4, "a").Add(4, "b")
            .Add(5, new ProtoMessage().Packed(1, 2, 2, 1, 3).Add(2, Sample(1, 1)))
            .Add(5, new ProtoMessage().Packed(1, 2, 2, 1, 3, 2, 3).Add(2, Sample(2, 2)));
        Assert.True(Decode(message, isVersion2: true));
        Assert.Equal(["b{a=a} 1000 1"], _sink.Points);
        Assert.Equal("series 2: a label stands twice", _decoder.Problem);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ALabelThatIsNoUtf8IsRefused(bool isVersion2)
    {
        byte[] odd = [0xc3, 0x28];
        ProtoMessage message = isVersion2
            ? new ProtoMessage().Add(4, "").Add(4, "__name__").Add(4, "a").Add(4, odd)
                .Add(5, new ProtoMessage().Packed(1, 1, 2).Add(2, Sample(1, 1)))
                .Add(5, new ProtoMessage().Packed(1, 1, 2, 2, 3).Add(2, Sample(2, 2)))
            : new ProtoMessage().Add(1, Series("__name__:a").Add(2, Sample(1, 1)))
                .Add(1, Series("__name__:a").Add(1, new ProtoMessage().Add(1, odd).Add(2, "x")).Add(2, Sample(2, 2)));
        Assert.True(Decode(message, isVersion2));
        Assert.Equal(["a{} 1000 1"], _sink.Points);
        Assert.Equal("series 2: a label is not in UTF-8", _decoder.Problem);
    }

    /// <summary>For protobuf a number of another type than the field's is of a field that it does not know.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void FieldsOfAnotherTypeArePassedOver(bool isVersion2)
    {
        ProtoMessage sample = Sample(2, 3).Number(1, 9).Double(2, 9);
        ProtoMessage histogram = new ProtoMessage().Number(1, 3).Double(3, 1).Add(11, Span(0, 1).Double(1, 9)
            .Double(2, 9)).Packed(12, 6).Number(15, 7).Double(1, 9).Number(2, 9).Number(3, 9).Double(4, 9).Number(5, 9)
            .Double(6, 9).Number(7, 9).Number(8, 9).Double(9, 9).Number(10, 9).Number(11, 9).Double(12, 9)
            .Number(13, 9).Double(14, 9).Double(15, 9).Number(16, 9);
        ProtoMessage exemplar = new ProtoMessage().Double(2, 5).Number(3, 7).Number(2, 9).Double(3, 9).Double(1, 9);
        ProtoMessage series = isVersion2
            ? new ProtoMessage().Packed(1, 1, 2).Double(1, 1).Number(2, 1).Number(3, 1).Number(4, 1).Number(5, 1)
                .Add(2, sample).Add(3, histogram).Add(4, exemplar).Add(5, new ProtoMessage().Number(1, 1).Add(1, "x")
                    .Add(3, "x").Add(4, "x"))
            : new ProtoMessage().Add(1, Label("__name__", "a").Number(1, 1).Number(2, 1)).Number(1, 1).Number(2, 1)
                .Number(3, 1).Number(4, 1).Add(2, sample).Add(4, histogram).Add(3, exemplar);
        ProtoMessage message = isVersion2
            ? new ProtoMessage().Add(4, "").Add(4, "__name__").Add(4, "a").Number(4, 1).Number(5, 1).Add(5, series)
            : new ProtoMessage().Number(1, 1).Number(3, 1).Add(1, series).Add(3, new ProtoMessage().Number(1, 1)
                .Add(2, "a").Add(1, "x").Number(2, 1).Number(4, 1).Number(5, 1));
        Assert.True(Decode(message, isVersion2));
        Assert.Equal("a{} 3000 2", _sink.Points[0]);
        Assert.Equal((1, 1), (_decoder.Counts.Histograms, _decoder.HistogramsKept()));
        Assert.StartsWith("a{=histogram} 7000 {count:3, sum:1, ", ShowHistograms()[0], StringComparison.Ordinal);
        Assert.Equal(["7000 5 of __name__=a", "a counter help= unit="], _notes.Lines);
    }

    /// <summary>Labels, and whatever else is of the series and not of one exemplar, are read once: exemplars of four
    /// bytes by the ten thousand would else make reading quadratic.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void LabelsAreNotedOnceForAllExemplarsOfASeries(bool isVersion2)
    {
        ProtoMessage series = isVersion2 ? new ProtoMessage().Packed(1, 1, 2) : Series("__name__:a");
        for (int i = 0; i < 3; i++) series.Add(isVersion2 ? 4 : 3, new ProtoMessage().Number(3, (ulong)i));
        ProtoMessage message = isVersion2 ? new ProtoMessage().Add(4, "").Add(4, "__name__").Add(4, "a").Add(5, series)
            : new ProtoMessage().Add(1, series).Add(1, Series("__name__:b").Add(3, new ProtoMessage()));
        Assert.True(Decode(message, isVersion2));
        string[] expected = ["0 0 of __name__=a", "1000 0 of __name__=a", "2000 0 of __name__=a", "0 0 of __name__=b"];
        Assert.Equal(isVersion2 ? expected[..3] : expected, _notes.Lines);
        Assert.Equal(isVersion2 ? 1 : 2, _notes.SeriesCount);
    }

    [Fact]
    public void AHistogramBeyondItsLimitsTakesNoMemory()
    {
        ProtoMessage histogram = new ProtoMessage().Number(15, 1);
        foreach (int field in (int[])[9, 10, 12, 13, 16]) histogram.Add(field, new byte[8 << 20]);
        byte[] spans = new byte[4 << 20];
        for (int i = 0; i < spans.Length; i += 2) spans[i] = 8 << 3 | 2; // empty ones
        byte[] body = new ProtoMessage().Add(1, Series("__name__:a").Add(4, histogram.Raw(spans))).Bytes;
        long before = GC.GetAllocatedBytesForCurrentThread();
        _batch.Clear();
        Assert.True(_decoder.TryDecode(body));
        _batch.Commit();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
        Assert.Equal([new Refusal(0, 1, RefusalCode.Malformed)], _batch.Refusals.Runs.ToArray());
    }

    [Fact]
    public void ATimeThatDoesNotFitIsRefusedAlone()
    {
        ProtoMessage message = new ProtoMessage().Add(1, Series("__name__:a")
            .Add(2, Sample(1, long.MaxValue)).Add(2, Sample(2, 2)).Add(2, Sample(3, long.MinValue)));
        Assert.True(Decode(message));
        Assert.Equal(["a{} 2000 2"], _sink.Points);
        Assert.Equal((RefusalCode.TooNew, RefusalCode.None, RefusalCode.TooOld),
            (_batch.Refusals.CodeOf(0), _batch.Refusals.CodeOf(1), _batch.Refusals.CodeOf(2)));
    }

    [Fact]
    public void MetadataAndExemplarsArePassedOn()
    {
        ProtoMessage exemplar = new ProtoMessage().Add(1, Label("trace_id", "abc")).Double(2, 0.5).Number(3, 7);
        ProtoMessage message = new ProtoMessage()
            .Add(1, Series("__name__:a", "job:x").Add(2, Sample(1, 1)).Add(3, exemplar))
            .Add(1, Series("job:x").Add(3, exemplar))
            .Add(3, new ProtoMessage().Number(1, 1).Add(2, "a_total").Add(4, "How often.").Add(5, "seconds"))
            .Add(3, new ProtoMessage().Number(1, 99).Add(2, "b"));
        Assert.True(Decode(message));
        Assert.Equal(
        [
            "7000 0.5 of __name__=a job=x with trace_id=abc", "a_total counter help=How often. unit=seconds",
            "b unknown help= unit=",
        ], _notes.Lines);
        Assert.Equal(1, _decoder.Counts.Exemplars);
    }

    private static ProtoMessage Span(int offset, int length) =>
        new ProtoMessage().Number(1, ZigZag(offset)).Number(2, (ulong)length);

    private static ulong ZigZag(long value) => (ulong)(value << 1 ^ value >> 63);

    [Fact]
    public void NativeHistogramsAreStored()
    {
        ProtoMessage whole = new ProtoMessage().Number(1, 15).Double(3, 18.4).Number(4, ZigZag(1)).Double(5, 0.001)
            .Number(6, 2).Add(11, Span(0, 2)).Add(11, Span(1, 2)).Packed(12, 4, 2, 2, 0).Number(14, 1).Number(15, 7);
        ProtoMessage custom = new ProtoMessage().Double(2, 3.5).Double(3, 1).Number(4, ZigZag(-53)).Add(11, Span(0, 2))
            .Double(13, 1.5).Double(13, 2).Double(16, 0.5).Double(16, 1).Number(15, 8);
        ProtoMessage wrong = new ProtoMessage().Number(1, 1).Number(4, ZigZag(99)).Number(15, 9);
        ProtoMessage uneven = new ProtoMessage().Number(1, 1).Add(11, Span(0, 1_000_000)).Packed(12, 2).Number(15, 10);
        Assert.True(Decode(new ProtoMessage().Add(1, Series("__name__:h").Add(4, whole).Add(4, custom).Add(4, wrong)
            .Add(4, uneven)).Add(1, Series("__name__:f").Add(2, Sample(1, 1)))));
        Assert.Equal("h{=histogram} 7000 {count:15, sum:18.4, [-0.001,0.001]:2, (0.7071067811865476,1]:2, "
            + "(1,1.4142135623730951]:3, (2,2.8284271247461903]:4, (2.8284271247461903,4]:4}", ShowHistograms()[0]);
        Assert.Equal("h{=histogram} 8000 {count:3.5, sum:1, (-Inf,0.5]:1.5, (0.5,1]:2}", ShowHistograms()[1]);
        Assert.Equal((RefusalCode.Malformed, RefusalCode.Malformed, RefusalCode.None),
            (_batch.Refusals.CodeOf(2), _batch.Refusals.CodeOf(3), _batch.Refusals.CodeOf(4)));
        Assert.Equal((4, 2), (_decoder.Counts.Histograms, _decoder.HistogramsKept()));
    }

    [Theory]
    [InlineData(6, 18.4, true)]
    [InlineData(5, 18.4, false)]
    [InlineData(7, 18.4, false)]
    [InlineData(7, double.NaN, true)] // one of them was NaN
    [InlineData(5, double.NaN, false)]
    public void TheBucketsOfAHistogramHoldItsCount(ulong count, double sum, bool isStored)
    {
        ProtoMessage histogram = new ProtoMessage().Number(1, count).Double(3, sum).Number(6, 2)
            .Add(11, new ProtoMessage().Number(2, 2)).Packed(12, (int)ZigZag(1), (int)ZigZag(2)).Number(15, 7);
        Assert.True(Decode(new ProtoMessage().Add(1, Series("__name__:h").Add(4, histogram))));
        Assert.Equal(isStored ? 0 : 1, _batch.Refusals.Points);
        ProtoMessage floats = new ProtoMessage().Double(2, count).Double(3, sum).Double(7, 2)
            .Add(11, new ProtoMessage().Number(2, 2)).Double(13, 1).Double(13, 3).Number(15, 7);
        Assert.True(Decode(new ProtoMessage().Add(1, Series("__name__:h").Add(4, floats))));
        Assert.Equal(0, _batch.Refusals.Points);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void FloatsAndHistogramsOfOneSeriesAreStoredApart(bool isVersion2)
    {
        ProtoMessage histogram = new ProtoMessage().Number(1, 1).Double(3, 5).Double(5, 0.001).Number(6, 1)
            .Number(15, 2);
        ProtoMessage message = isVersion2
            ? new ProtoMessage().Add(4, "").Add(4, "__name__").Add(4, "h").Add(4, "a").Add(4, "b").Add(5,
                new ProtoMessage().Packed(1, 1, 2, 3, 4).Add(3, histogram).Add(2, Sample(1, 1)).Add(3, histogram))
            : new ProtoMessage().Add(1,
                Series("__name__:h", "a:b").Add(4, histogram).Add(2, Sample(1, 1)).Add(4, histogram));
        Assert.True(Decode(message, isVersion2));
        Assert.Equal("h{a=b} 1000 1", _sink.Points[0]);
        Assert.Equal(3, _sink.Points.Count);
        Assert.All(ShowHistograms(), static shown =>
            Assert.StartsWith("h{a=b,=histogram} 2000 {count:1", shown, StringComparison.Ordinal));
        Assert.Equal((1, 2, 2), (_decoder.Counts.Samples, _decoder.Counts.Histograms, _decoder.HistogramsKept()));
    }

    /// <summary>The points whose values are payloads, decoded.</summary>
    private List<string> ShowHistograms()
    {
        List<string> shown = [];
        foreach (string point in _sink.Points)
        {
            string[] parts = point.Split(' ');
            if (parts[2].Length < 6) continue;
            Assert.True(HistogramCodec.TryDecode(Convert.FromHexString(parts[2]), out FloatHistogram histogram));
            shown.Add($"{parts[0]} {parts[1]} {histogram}");
        }
        return shown;
    }

    [Fact]
    public void EveryCutIsAnsweredAndNothingIsMadeUp()
    {
        byte[] whole = new ProtoMessage().Add(1, Series("__name__:a", "b:c").Add(2, Sample(1, 1)))
            .Add(1, Series("__name__:d").Add(2, Sample(1, 1))).Bytes;
        int first = new ProtoMessage().Add(1, Series("__name__:a", "b:c").Add(2, Sample(1, 1))).Bytes.Length;
        for (int length = 0; length < whole.Length; length++)
        {
            _sink.Points.Clear();
            _batch.Clear();
            Assert.Equal(length == 0 || length == first, _decoder.TryDecode(whole.AsSpan(0, length)));
            _batch.Commit();
            Assert.Equal(length < first ? [] : ["a{b=c} 1000 1"], _sink.Points);
        }
    }

    [Fact]
    public void Version2RefersToSymbols()
    {
        ProtoMessage message = new ProtoMessage();
        foreach (string symbol in (string[])["", "__name__", "http_seconds_bucket", "job", "x", "le", "0.5", "Help.",
            "seconds", "trace_id", "abc"]) message.Add(4, symbol);
        ProtoMessage exemplar = new ProtoMessage().Packed(1, 9, 10).Double(2, 0.25).Number(3, 7);
        ProtoMessage metadata = new ProtoMessage().Number(1, 3).Number(3, 7).Number(4, 8);
        message.Add(5, new ProtoMessage().Packed(1, 1, 2, 3, 4, 5, 6).Add(2, Sample(3, 1_000)).Add(4, exemplar)
            .Add(5, metadata).Number(6, 500));
        Assert.True(Decode(message, isVersion2: true));
        Assert.Equal(["http_seconds_bucket{job=x,le=0.5} 1000000 3"], _sink.Points);
        Assert.Equal(
        [
            "7000 0.25 of __name__=http_seconds_bucket job=x le=0.5 with trace_id=abc",
            "http_seconds histogram help=Help. unit=seconds",
        ], _notes.Lines);
    }

    [Fact]
    public void Version2TakesSymbolsBehindAndUnpackedReferences()
    {
        ProtoMessage series = new ProtoMessage().Number(1, 1).Number(1, 2).Add(2, Sample(3, 1));
        ProtoMessage message = new ProtoMessage().Add(5, series).Add(4, "").Add(4, "__name__").Add(4, "a");
        Assert.True(Decode(message, isVersion2: true));
        Assert.Equal(["a{} 1000 3"], _sink.Points);
    }

    [Theory]
    [InlineData(1, 99)] // a symbol that is not there
    [InlineData(1, 2, 1)] // a name without a value
    public void Version2WithReferencesThatLeadNowhereIsMalformed(params int[] references)
    {
        ProtoMessage message = new ProtoMessage().Add(4, "").Add(4, "__name__").Add(4, "a")
            .Add(5, new ProtoMessage().Packed(1, references).Add(2, Sample(3, 1)));
        Assert.False(Decode(message, isVersion2: true));
        Assert.Contains("series 1", _decoder.Problem, StringComparison.Ordinal);
        Assert.Empty(_sink.Points);
    }

    [Fact]
    public void Version2BeginsItsSymbolsWithTheEmptyText()
    {
        ProtoMessage message = new ProtoMessage().Add(4, "__name__").Add(4, "a").Add(4, "")
            .Add(5, new ProtoMessage().Packed(1, 0, 1).Add(2, Sample(3, 1)));
        Assert.False(Decode(message, isVersion2: true));
        Assert.Equal("expected a remote write message whose first symbol is the empty text",
            _decoder.Problem);
        Assert.Empty(_sink.Points);
        Assert.True(Decode(new ProtoMessage(), isVersion2: true));
    }

    [Fact]
    public void AllocatesNothingPerSample()
    {
        ProtoMessage message = new();
        for (int i = 0; i < 200; i++)
        {
            ProtoMessage series = Series("__name__:cpu", "host:h" + i);
            for (int k = 0; k < 10; k++) series.Add(2, Sample(k, k));
            message.Add(1, series);
        }
        byte[] body = message.Bytes;
        WriteBatch batch = new(new Slungd.Tests.Ingest.Net.QuietSink());
        RemoteWriteDecoder decoder = new(Precision.Microseconds, batch, _notes, HistogramPayload.Encode);
        Assert.Equal(0, AllocatedBytes.LeastOf(() =>
        {
            batch.Clear();
            decoder.TryDecode(body);
            batch.Commit();
        }));
        Assert.Equal(2_000, batch.Count);
    }
}
