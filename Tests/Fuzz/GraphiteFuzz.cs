using System;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Graphite;
using Slungd.Native.Memory;
using Slungd.Tests.Ingest.Protocols;
using Slungd.Tests.Ingest.Protocols.Graphite;

namespace Slungd.Tests.Fuzz;

/// <summary>Any bytes, as lines and as a pickle: every point is stored or refused, lines may be cut anywhere.</summary>
internal static class GraphiteFuzz
{
    public static readonly byte[][] Seeds =
    [
        Encoding.UTF8.GetBytes("servers.a.load 1.5 1700000000\na;b=c;d=e 2\r\na.b.c nan -1\nx 1e3 1.5\n"),
        .. Array.ConvertAll(PickleReaderTests.Samples, Convert.FromHexString),
    ];

    public static void Run(ReadOnlySpan<byte> input)
    {
        GraphiteTemplate.TryParse("servers.* .host.measurement* a=b", out GraphiteTemplate? template);
        string whole = Read(input, input.Length, template!, isPickle: false);
        if (whole != Read(input, input.Length / 2, template!, isPickle: false))
            throw new InvalidOperationException("the place of a cut changes what is read");
        Read(input, input.Length, template!, isPickle: true);
    }

    private static string Read(ReadOnlySpan<byte> input, int cut, GraphiteTemplate template, bool isPickle)
    {
        using LineCache cache = new(new ByteBudget(1 << 20), seed: 5);
        TextSink sink = new(Precision.Nanoseconds);
        GraphiteDecoder decoder = new(sink, cache, [template]);
        if (isPickle) new PickleReader().TryRead(input, decoder, now: 1);
        else
        {
            int taken = decoder.Decode(input[..cut], isEnd: false, now: 1);
            taken += decoder.Decode(input[taken..], isEnd: true, now: 1);
            if (taken != input.Length) throw new InvalidOperationException("bytes were left over");
        }
        decoder.Rows.HandOver();
        if (sink.Points.Count + decoder.Rows.Refusals.Points != decoder.Rows.Count)
            throw new InvalidOperationException("points were lost");
        return string.Join('\n', sink.Points) + decoder.Malformed;
    }
}
