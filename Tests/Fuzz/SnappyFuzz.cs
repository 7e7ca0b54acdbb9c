using System;
using Slungd.Ingest.Protocols.Snappy;

namespace Slungd.Tests.Fuzz;

/// <summary>Any bytes: decoded or refused, without a byte beyond the target; encoded, they come back.</summary>
internal static class SnappyFuzz
{
    public static readonly byte[][] Seeds =
    [
        Convert.FromHexString("070861626301030A0300"),
        Convert.FromHexString("06F8050000616263646566"),
        Convert.FromHexString("0608616263" + "0B03000000"),
    ];

    public static void Run(ReadOnlySpan<byte> input)
    {
        byte[] into = new byte[1 << 16];
        if (SnappyBlock.TryReadLength(input, out int length) && length < into.Length)
        {
            into[length] = 0xa5;
            SnappyBlock.TryDecode(input, into.AsSpan(0, length));
            if (into[length] != 0xa5) throw new InvalidOperationException("wrote behind the target");
        }
        byte[] block = new byte[SnappyBlock.MaxEncodedLength(input.Length)];
        int written = SnappyBlock.Encode(input, block);
        byte[] decoded = new byte[input.Length];
        if (!SnappyBlock.TryDecode(block.AsSpan(0, written), decoded) || !input.SequenceEqual(decoded))
            throw new InvalidOperationException("decodes to something else");
    }
}
