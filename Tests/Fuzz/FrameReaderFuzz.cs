using System;
using System.Collections.Generic;
using System.Linq;
using Slungd.Ingest.Framing;

namespace Slungd.Tests.Fuzz;

/// <summary>The framer: the same messages and the same end however the bytes arrive; it never reads backwards and never
/// hands out what is not there. The first byte chooses how the rest is cut.</summary>
internal static class FrameReaderFuzz
{
    private const int MaxMessage = 2_000;

    public static readonly byte[][] Seeds = MakeSeeds();

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return;
        int cut = 1 + input[0] % 61;
        List<string> whole = Read(input[1..], input.Length);
        List<string> pieces = Read(input[1..], cut);
        if (whole.SequenceEqual(pieces)) return;
        throw new InvalidOperationException($"{string.Join(' ', whole)}, in pieces {string.Join(' ', pieces)}");
    }

    /// <summary>Messages and control frames as text, in order; data of one message joined. What is unfinished at the
    /// end is left out.</summary>
    private static List<string> Read(ReadOnlySpan<byte> input, int cut)
    {
        var reader = new FrameReader(expectMask: true, MaxMessage);
        List<string> events = [];
        List<byte> message = [];
        byte[] buffer = [];
        int at = 0;
        for (int fed = 0; fed < input.Length || fed == 0;)
        {
            int length = Math.Min(cut, input.Length - fed);
            buffer = [.. buffer.AsSpan(at), .. input.Slice(fed, length)];
            fed += Math.Max(1, length);
            at = 0;
            FrameStatus status;
            do
            {
                int before = at;
                status = reader.Read(buffer, ref at, out FrameChunk chunk);
                if (at < before || at > buffer.Length) throw new InvalidOperationException("the offset is wrong");
                if (status == FrameStatus.Violation)
                {
                    events.Add($"{reader.Violation}: {reader.ViolationReason}");
                    return events;
                }
                if (status == FrameStatus.NeedMore) continue;
                ReadOnlySpan<byte> payload = buffer.AsSpan(chunk.Start, chunk.Length);
                if (chunk.Start < before || chunk.Start + chunk.Length != at)
                    throw new InvalidOperationException("the chunk is not what was read");
                if (status == FrameStatus.Control)
                {
                    events.Add($"{chunk.Opcode} {Convert.ToHexString(payload)}");
                    continue;
                }
                message.AddRange(payload);
                if (message.Count > MaxMessage) throw new InvalidOperationException("the message is too long");
                if (!chunk.Final) continue;
                events.Add($"{chunk.Opcode} {Convert.ToHexString(message.ToArray())}");
                message.Clear();
            }
            while (status != FrameStatus.NeedMore);
        }
        return events;
    }

    private static byte[][] MakeSeeds()
    {
        byte[] text = Frame(Opcode.Text, "hello"u8, final: false);
        byte[] ping = Frame(Opcode.Ping, [1, 2, 3], final: true);
        byte[] rest = Frame(Opcode.Continuation, new byte[200], final: true);
        byte[] small = Frame(Opcode.Binary, new byte[45], final: true);
        byte[] close = Frame(Opcode.Close, [3, 0xE8], final: true);
        return [[7, .. text, .. ping, .. rest, .. close], [30, .. small, .. small, .. ping, .. small], [0, .. rest]];
    }

    private static byte[] Frame(Opcode opcode, ReadOnlySpan<byte> payload, bool final)
    {
        byte[] frame = new byte[FrameWriter.HeaderBytes(payload.Length, masked: true) + payload.Length];
        FrameWriter.WriteMasked(frame, opcode, payload, 0x37FA213D);
        if (!final) frame[0] &= 0x7F;
        return frame;
    }
}
