using System;
using System.Linq;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Influx;
using Slungd.Native.Memory;
using Slungd.Tests.Ingest.Protocols;

namespace Slungd.Tests.Fuzz;

/// <summary>Any bytes, thrice with the same memory and once without any: what is remembered changes nothing, every
/// point is stored or refused, and what can't be read is said.</summary>
internal static class InfluxFuzz
{
    public static readonly byte[][] Seeds =
    [
        Encoding.UTF8.GetBytes("cpu,host=a,b\\ c=d\\,e usage=1.5,n=2i,u=3u,t=true,s=\"x\\\"y\" 1700000000000000000\n"),
        Encoding.UTF8.GetBytes("# c\r\n\ncpu,host=a value=-1e3,x=.5 5\ncpu,host=b value=98.19639278544743\nbad\n"),
        Encoding.UTF8.GetBytes("m a=1,b=2 1\nm b=1,a=2 2\nn a=1 3\nm a=\"\n\" 4\nm a=1,b= 5\nm a=1,b=2 6\n"),
    ];

    public static void Run(ReadOnlySpan<byte> input)
    {
        using LineCache cache = new(new ByteBudget(1 << 20), seed: 5), none = new(new ByteBudget(0), seed: 5);
        TextSink plain = new(Precision.Nanoseconds), sink = new(Precision.Nanoseconds);
        LineProtocolDecoder simple = new(plain, none, isTextKept: true), decoder = new(sink, cache, isTextKept: true);
        if (!LineTimes.TryParse("u", Precision.Nanoseconds, out LineTimes times))
            throw new InvalidOperationException("u is a unit");
        simple.Decode(input, times, now: 1);
        for (int round = 0; round < 3; round++)
        {
            sink.Points.Clear();
            decoder.Decode(input, times, now: 1);
            if (!sink.Points.SequenceEqual(plain.Points)) throw new InvalidOperationException("memory changes points");
            if (decoder.Malformed != simple.Malformed || !decoder.Problems.SequenceEqual(simple.Problems))
                throw new InvalidOperationException("memory changes what is read");
            if (sink.Points.Count + decoder.Rows.Refusals.Points != decoder.Rows.Count)
                throw new InvalidOperationException("points were lost");
            if (decoder.Malformed > 0 == (decoder.Problems.Count == 0))
                throw new InvalidOperationException("malformed, yet without a word of it, or the other way round");
        }
    }
}
