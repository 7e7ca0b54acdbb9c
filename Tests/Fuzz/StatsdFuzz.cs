using System;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Statsd;
using Slungd.Native.Memory;
using Slungd.Tests.Ingest.Protocols;

namespace Slungd.Tests.Fuzz;

/// <summary>Any bytes as a datagram: what is read does not depend on what was remembered, every point is stored or
/// refused, all memory is given back.</summary>
internal static class StatsdFuzz
{
    public static readonly byte[][] Seeds =
    [
        Encoding.UTF8.GetBytes("a.b:1|c\na:1:2:x|ms|@0.5|#k:v,w,k=z\ng:+5|g\ng:-1e3|g|T1656581400\ns:u1|s\r\n"),
        Encoding.UTF8.GetBytes("_e{5,4}:title|text\n_sc|Redis|2|#env:dev\nn,a=b:1|d|c:abc|e:x\n:|\na:1|c|@\n"),
    ];

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (Read(input, 1 << 20, isSplit: false) != Read(input, 1 << 20, isSplit: true))
            throw new InvalidOperationException("the same lines in several datagrams are read otherwise");
        Read(input, 20_000, isSplit: false);
    }

    private static string Read(ReadOnlySpan<byte> input, int bytes, bool isSplit)
    {
        ProtocolCounters protocol = new();
        ByteBudget budget = new(bytes);
        TextSink sink = new(Precision.Nanoseconds);
        using (StatsdAggregator aggregator = new(sink, new StatsdOptions { Idle = TimeSpan.FromSeconds(20) }, budget,
            protocol, new StatsdCounters(), seed: 5, start: 0))
        {
            for (int round = 1; round <= 4; round++)
            {
                if (round == 3) continue; // so that something is forgotten
                if (!isSplit) aggregator.Read(input);
                else foreach (Range line in input.Split((byte)'\n')) aggregator.Read(input[line]);
                if (!aggregator.TryFlush(round)) throw new InvalidOperationException("the sink was ready");
            }
        }
        if (budget.Used != 0) throw new InvalidOperationException("memory was not given back");
        long refused = 0;
        for (int code = 0; code < ProtocolCounters.RefusalCodes; code++) refused += protocol.Refused[code];
        if (sink.Points.Count + refused != protocol.Points) throw new InvalidOperationException("points were lost");
        return string.Join('\n', sink.Points) + protocol.Malformed;
    }
}
