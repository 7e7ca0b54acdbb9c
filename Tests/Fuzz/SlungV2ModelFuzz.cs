using System;
using System.Collections.Generic;
using System.Linq;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.SlungV2;
using Slungd.Native.Memory;

namespace Slungd.Tests.Fuzz;

/// <summary>The first byte is the size of the pieces, then come messages, each behind its u16 length. In pieces they
/// decode as at once, and as <see cref="SlungV2Model"/> reads them: the same points, the same numbers, the same
/// errors.</summary>
internal static class SlungV2ModelFuzz
{
    public static readonly byte[][] Seeds =
        [.. SlungV2Model.Seeds.Select(static m => Frame(m)), Frame([.. SlungV2Model.Seeds])];

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return;
        List<byte[]> messages = Split(input[1..]);
        string expected = SlungV2Model.Read(messages);
        Compare(expected, Decode(messages, int.MaxValue), "at once");
        Compare(expected, Decode(messages, 1 + input[0] % 61), "in pieces");
    }

    private static string Decode(List<byte[]> messages, int pieceBytes)
    {
        var sink = new PlainSink();
        var errors = new ErrorLog();
        using var decoder = new SlungV2Decoder(new EventBatch(sink, 16), errors, new ProtocolCounters(), producer: 1,
            new Limits(), new ByteBudget(1 << 20), seed: 7);
        foreach (byte[] message in messages)
        {
            int start = 0, end = 0;
            do
            {
                end = (int)Math.Min((long)end + pieceBytes, message.Length);
                int taken = decoder.Decode(message.AsSpan(start, end - start), end == message.Length);
                if (taken < 0 || taken > end - start) throw new InvalidOperationException("it took more than there is");
                start += taken;
            }
            while (end < message.Length);
            if (start != message.Length) throw new InvalidOperationException("it left something behind");
        }
        decoder.Flush();
        if (decoder.Acks.Covered != decoder.NextPoint && decoder.NextPoint > 0)
            throw new InvalidOperationException($"{decoder.Acks.Covered} settled of {decoder.NextPoint}");
        return SlungV2Model.Show(sink.Points, errors.PerPoint, errors.Others, decoder.NextPoint);
    }

    private static void Compare(string expected, string actual, string how)
    {
        if (actual != expected) throw new InvalidOperationException($"{how}:\n{actual}\nexpected:\n{expected}");
    }

    private static List<byte[]> Split(ReadOnlySpan<byte> input)
    {
        var messages = new List<byte[]>();
        while (input.Length >= 2)
        {
            int length = Math.Min(input[0] + 256 * input[1], input.Length - 2);
            messages.Add(input.Slice(2, length).ToArray());
            input = input[(2 + length)..];
        }
        return messages;
    }

    private static byte[] Frame(params byte[][] messages) =>
        [5, .. messages.SelectMany(static m => (byte[])[(byte)m.Length, (byte)(m.Length >> 8), .. m])];

    /// <summary>What was complained about: per point, and about no point.</summary>
    private sealed class ErrorLog : IReplies
    {
        public List<string> PerPoint { get; } = [];

        public List<string> Others { get; } = [];

        public void Error(ulong first, uint count, RefusalCode code, ReadOnlySpan<byte> text)
        {
            if (count == 0) Others.Add($"{first} {code}");
            if (count > SlungV2Model.MaxShown) PerPoint.Add($"{first}+{count} {code}");
            else for (uint i = 0; i < count; i++) PerPoint.Add($"{first + i} {code}");
        }
    }
}
