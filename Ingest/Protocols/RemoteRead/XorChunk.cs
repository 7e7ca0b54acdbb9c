using System;
using Slungd.Native.Bits;
using Slungd.Native.Checks;

namespace Slungd.Ingest.Protocols.RemoteRead;

/// <summary>A chunk of float samples as Prometheus stores and streams it (github.com/prometheus/prometheus,
/// tsdb/docs/format/chunks.md, tsdb/chunkenc/xor.go; after Gorilla, VLDB 2015):
/// <code>
/// u16 number of samples, big-endian | bits:
/// first sample    varint time | 64 bits value
/// second          uvarint delta | value
/// others          delta of delta: 0 | 10 + 14 bits | 110 + 17 | 1110 + 20 | 1111 + 64 | value
/// value           xor with the one before: 0 | 10 + bits in the window before | 11 + 5 bits leading zeros, 6 bits
///                 number of bits (64 is 0), bits
/// </code></summary>
internal static class XorChunk
{
    /// <summary>The type of such a chunk.</summary>
    public const int Encoding = 1;

    /// <summary>What Prometheus puts into one.</summary>
    public const int MaxSamples = 120;

    /// <summary>No chunk of that many samples is longer.</summary>
    public const int MaxBytes = 2 + MaxSamples * 20;

    /// <summary>Encodes samples.</summary>
    /// <param name="times">Milliseconds, ascending; 1 to <see cref="MaxSamples"/>.</param>
    /// <param name="values">As many.</param>
    /// <param name="into">At least <see cref="MaxBytes"/>.</param>
    /// <returns>The chunk's length.</returns>
    public static int Encode(ReadOnlySpan<long> times, ReadOnlySpan<double> values, Span<byte> into)
    {
        Invariant.Check(times.Length is >= 1 and <= MaxSamples && values.Length == times.Length);
        into[0] = (byte)(times.Length >> 8);
        into[1] = (byte)times.Length;
        BitWriter bits = new(into[2..]);
        Span<byte> varint = stackalloc byte[Varint.MaxLength];
        WriteBytes(ref bits, varint[..Varint.WriteSigned(varint, times[0])]);
        ulong before = BitConverter.DoubleToUInt64Bits(values[0]);
        bits.Write(before, 64);
        long delta = 0;
        XorWindow window = default;
        for (int i = 1; i < times.Length; i++)
        {
            long step = times[i] - times[i - 1];
            if (i == 1) WriteBytes(ref bits, varint[..Varint.Write(varint, (ulong)step)]);
            else WriteDeltaOfDelta(ref bits, step - delta);
            delta = step;
            ulong value = BitConverter.DoubleToUInt64Bits(values[i]);
            window.Write(ref bits, value ^ before);
            before = value;
        }
        int length = bits.Finish();
        Invariant.Check(!bits.Overflowed);
        return 2 + length;
    }

    private static void WriteBytes(ref BitWriter bits, scoped ReadOnlySpan<byte> bytes)
    {
        foreach (byte one in bytes) bits.Write(one, 8);
    }

    private static void WriteDeltaOfDelta(ref BitWriter bits, long value)
    {
        if (value == 0) bits.Write(0, 1);
        else if (Fits(value, 14)) bits.Write(0b10UL << 14 | (ulong)value & 0x3fff, 16);
        else if (Fits(value, 17)) bits.Write(0b110UL << 17 | (ulong)value & 0x1ffff, 20);
        else if (Fits(value, 20)) bits.Write(0b1110UL << 20 | (ulong)value & 0xfffff, 24);
        else
        {
            bits.Write(0b1111, 4);
            bits.Write((ulong)value, 64);
        }
    }

    /// <summary>The range is shifted by one: the most negative number stands for the positive one beyond.</summary>
    private static bool Fits(long value, int count) =>
        value >= -((1L << count - 1) - 1) && value <= 1L << count - 1;
}
