using System;
using System.Buffers.Binary;
using Slungd.Ingest.Protocols;

namespace Slungd.Tests.Fuzz;

/// <summary>The event of design section 4.1: measured like a plain reading of the grammar, and the same in pieces.
/// </summary>
internal static class EventLayoutFuzz
{
    public static readonly byte[][] Seeds =
    [
        Convert.FromHexString("0100000000000000000000000040454003000100637075" + "0300613D31"),
        Convert.FromHexString("0100000000000000000000000040454000000300" + "000001006100" + "00"),
    ];

    public static void Run(ReadOnlySpan<byte> input)
    {
        int length = EventLayout.Measure(input);
        int plain = PlainMeasure(input);
        if (length != plain) throw new InvalidOperationException($"{length} bytes, plainly {plain}");
        if (length > input.Length) throw new InvalidOperationException("longer than the input");
        if (length >= 0 && EventLayout.Measure(input[..length]) != length)
            throw new InvalidOperationException("an event alone has another length");
        if (input.Length < EventLayout.KeyOffset) return;
        CheckPieces(input[EventLayout.KeyOffset..], length < 0 ? -1 : length - EventLayout.KeyOffset);
    }

    private static void CheckPieces(ReadOnlySpan<byte> key, int length)
    {
        var scan = new KeyScan();
        int shown = 0;
        while (true)
        {
            int found = scan.Measure(key[..shown]);
            if (found >= 0)
            {
                if (found == length) return;
                throw new InvalidOperationException($"{found} bytes in pieces, {length} as a whole");
            }
            if (shown == key.Length)
            {
                if (length >= 0) throw new InvalidOperationException("never found in pieces");
                return;
            }
            if (scan.Needed <= shown) throw new InvalidOperationException("needs what it has");
            if (length >= 0 && scan.Needed > length) throw new InvalidOperationException("needs more than there is");
            shown = Math.Min(scan.Needed, key.Length);
        }
    }

    private static int PlainMeasure(ReadOnlySpan<byte> input)
    {
        if (input.Length < 20) return -1;
        long at = 20L + BinaryPrimitives.ReadUInt16LittleEndian(input[16..]);
        for (int tags = BinaryPrimitives.ReadUInt16LittleEndian(input[18..]); tags > 0; tags--)
        {
            if (at + 2 > input.Length) return -1;
            at += 2 + BinaryPrimitives.ReadUInt16LittleEndian(input[(int)at..]);
        }
        return at > input.Length ? -1 : (int)at;
    }
}
