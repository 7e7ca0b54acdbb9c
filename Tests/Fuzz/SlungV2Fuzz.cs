using System;
using System.Collections.Generic;
using System.Linq;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.SlungV2;
using Slungd.Native.Memory;
using Slungd.Tests.Ingest.Protocols;

namespace Slungd.Tests.Fuzz;

/// <summary>The decoder of `slung.v2`: any messages give the same points, errors and numbers whether they come whole
/// or in pieces; afterwards the connection still takes a good message; every number is settled. The first byte
/// chooses the cuts; then messages follow, each behind its u16 length.</summary>
internal static class SlungV2Fuzz
{
    private static readonly byte[] Good =
        Convert.FromHexString("01" + "0100000000000000" + "0000000000404540" + "03000000637075");

    public static readonly byte[][] Seeds = MakeSeeds();

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return;
        int cut = 1 + input[0] % 37;
        Outcome whole = Decode(input[1..], int.MaxValue);
        Outcome pieces = Decode(input[1..], cut);
        if (!whole.Points.SequenceEqual(pieces.Points)) throw new InvalidOperationException("other points in pieces");
        if (whole.Next != pieces.Next) throw new InvalidOperationException("other numbers in pieces");
        if (!whole.Errors.SequenceEqual(pieces.Errors)) throw new InvalidOperationException("other errors in pieces");
    }

    private sealed record Outcome(List<string> Points, List<string> Errors, ulong Next);

    private static Outcome Decode(ReadOnlySpan<byte> input, int cut)
    {
        var sink = new RecordingSink();
        var budget = new ByteBudget(1 << 20);
        var batch = new EventBatch(sink, 64);
        var limits = new Limits { MaxMessageBytes = 4096, MaxAliasesPerConnection = 100 };
        using var decoder = new SlungV2Decoder(batch, sink, new ProtocolCounters(), 1, limits, budget, seed: 5);
        while (input.Length >= 2)
        {
            int length = Math.Min(input[0] | input[1] << 8, input.Length - 2);
            Feed(decoder, input.Slice(2, length), cut);
            input = input[(2 + length)..];
            // Runs of refused points are joined until a flush: the same flushes in both ways.
            decoder.Flush();
        }
        ulong before = decoder.NextPoint;
        int points = sink.Points.Count;
        Feed(decoder, Good, int.MaxValue);
        decoder.Flush();
        if (decoder.NextPoint != before + 1 || sink.Points.Count != points + 1)
            throw new InvalidOperationException("a good message is not taken any more");
        decoder.Acks.TryTake(sink.KeptThrough, out ulong acked);
        if (acked != decoder.NextPoint)
            throw new InvalidOperationException($"acknowledged {acked}, next {decoder.NextPoint}");
        return new Outcome(sink.Points, sink.Errors, decoder.NextPoint);
    }

    /// <summary>As a connection does: what is left over is shown again, with more behind it.</summary>
    private static void Feed(SlungV2Decoder decoder, ReadOnlySpan<byte> message, int cut)
    {
        int start = 0, end = 0;
        do
        {
            end += Math.Min(cut, message.Length - end);
            bool final = end == message.Length;
            if (!final && end - start < decoder.Needed) continue;
            int taken = decoder.Decode(message[start..end], final);
            if ((uint)taken > (uint)(end - start)) throw new InvalidOperationException($"{taken} bytes taken");
            start += taken;
            if (final && start != end) throw new InvalidOperationException("the end was left over");
        }
        while (end < message.Length);
    }

    private static byte[][] MakeSeeds()
    {
        byte[] item = Good[1..];
        byte[] refused = Convert.FromHexString("FFFFFFFFFFFFFFFF" + "0000000000000000" + "01000100" + "58" + "010074");
        byte[] rows = [1, .. item, .. item, .. refused];
        byte[] define = Convert.FromHexString("02" + "07000000" + "0100000061" + "08000000" + "0100010062" + "010074");
        byte[] columns = Convert.FromHexString("03" + "07000000" + "02000000" + "00" + "0100000000000000"
            + "FFFFFFFFFFFFFFFF" + "0000000000000000" + "0100000000000000" + "08000000" + "01000000" + "01"
            + "0500000000000000" + "0100000000000000" + "0300000000000000");
        return [[3, .. Sized(rows), .. Sized(define), .. Sized(columns), .. Sized([9]), .. Sized(rows)],
            [11, .. Sized(define), .. Sized(columns[..^3]), .. Sized(columns)]];
    }

    private static byte[] Sized(byte[] message) => [(byte)message.Length, (byte)(message.Length >> 8), .. message];
}
