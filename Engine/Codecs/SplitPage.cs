using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Slungd.Native.Bits;
using Slungd.Native.Checks;
using Slungd.Native.Simd;

namespace Slungd.Engine.Codecs;

/// <summary>Real numbers cut in two (as ALP does with real doubles; Afroozeh, Kuffo, Boncz, SIGMOD 2024): sign,
/// exponent and perhaps a few bits more on the left hardly vary and come from a list of at most eight; the right bits
/// are noise and stay as they are. id, u8 width of the right parts, u8 how many left parts less one, u16 each, varint
/// count of misses, the misses (varint gap, u16 left part), then the indexes of the left parts and the right parts,
/// both as <see cref="BitPacking"/>.</summary>
[SkipLocalsInit] // buffers on the stack are written before they are read
internal static class SplitPage
{
    private const int MaxLefts = SplitBlocks.MaxLefts;

    /// <summary>No split page takes fewer bits a value.</summary>
    public const int MinRight = 48;

    public const int MaxRight = 62;
    private const int MinSamples = 32;
    private const int MaxSamples = 64;
    private const int MinGuessed = 1024;
    private const int TableLength = 64;
    private const int MissBits = 16 + 10;

    /// <summary>Where to cut, and what may stand on the left.</summary>
    internal struct Cut
    {
        public int Right;
        public int Count;
        public Lefts Parts;
        /// <summary>Bits a value, as the sample foretells.</summary>
        public double Bits;
        /// <summary>The same without misses, whose number a sample tells only roughly.</summary>
        public readonly int LeastBits => Right + SplitBody.WidthOf(Count);
    }

    [InlineArray(MaxLefts)]
    internal struct Lefts
    {
        private ushort _first;
    }

    /// <summary>The best cut for a sample of the values.</summary>
    public static Cut Choose(ReadOnlySpan<ulong> values)
    {
        int samples = Math.Min(Math.Clamp(values.Length / 16, MinSamples, MaxSamples), values.Length);
        Span<ushort> tops = stackalloc ushort[MaxSamples];
        tops = tops[..samples];
        for (int i = 0; i < samples; i++)
            tops[i] = (ushort)(values[(int)((long)i * values.Length / samples)] >> MinRight);
        tops.Sort(); // by their top bits, hence also by fewer of them
        var best = new Cut { Bits = double.MaxValue };
        for (int right = MinRight; right <= MaxRight; right += 2)
        {
            Cut cut = At(tops, right);
            if (cut.Bits < best.Bits) best = cut;
        }
        if (values.Length >= MinGuessed) Guess(ref best);
        return best;
    }

    /// <summary>Gives the indexes that nothing stands for yet to the left parts next below the most frequent ones: what
    /// is rare need not be in the sample.</summary>
    private static void Guess(ref Cut cut)
    {
        int room = 1 << SplitBody.WidthOf(cut.Count);
        for (int i = 0; i < cut.Count && cut.Count < room; i++)
        {
            int below = cut.Parts[i] - 1;
            ReadOnlySpan<ushort> parts = cut.Parts;
            if (below >= 0 && !parts[..cut.Count].Contains((ushort)below)) cut.Parts[cut.Count++] = (ushort)below;
        }
    }

    /// <summary>False when it takes more than <paramref name="to"/>.</summary>
    public static bool TryEncode(ReadOnlySpan<ulong> values, in Cut cut, CodecScratch scratch, Span<byte> to,
        out int length)
    {
        length = 0;
        int indexWidth = SplitBody.WidthOf(cut.Count);
        int indexLength = BitPacking.SizeOf(values.Length, indexWidth);
        int rightLength = BitPacking.SizeOf(values.Length, cut.Right);
        int at = 3 + cut.Count * sizeof(ushort);
        Span<long> indexes = scratch.Integers(values.Length);
        Span<ushort> missed = scratch.Misses(values.Length);
        int misses = FindIndexes(values, cut, indexes, missed);
        int worst = at + Varint.MaxLength + misses * (2 + sizeof(ushort)) + indexLength + rightLength;
        if (worst > to.Length) return false;

        to[0] = (byte)PageEncoding.ValuesSplit;
        to[1] = (byte)cut.Right;
        to[2] = (byte)(cut.Count - 1);
        for (int i = 0; i < cut.Count; i++) BinaryPrimitives.WriteUInt16LittleEndian(to[(3 + 2 * i)..], cut.Parts[i]);
        at += Varint.Write(to[at..], (ulong)misses);
        int next = 0;
        foreach (ushort miss in missed[..misses])
        {
            at += Varint.Write(to[at..], (ulong)(miss - next));
            BinaryPrimitives.WriteUInt16LittleEndian(to[at..], (ushort)(values[miss] >> cut.Right));
            at += sizeof(ushort);
            next = miss + 1;
        }
        BitPacking.Pack(indexes, 0, indexWidth, to.Slice(at, indexLength));
        at += indexLength;
        ulong mask = (1ul << cut.Right) - 1;
        for (int i = 0; i < values.Length; i++) indexes[i] = (long)(values[i] & mask);
        BitPacking.Pack(indexes, 0, cut.Right, to.Slice(at, rightLength));
        length = at + rightLength;
        return true;
    }

    public static bool TryDecode(ReadOnlySpan<byte> body, Span<ulong> into)
    {
        if (!SplitBody.TryRead(body, into.Length, out SplitBody split)) return false;
        int full = into.Length - split.TailLength;
        split.Blocks.Join(Reinterpret.AsInt64(into[..full]));
        split.JoinTail(into[full..]);
        ulong mask = (1ul << split.Right) - 1;
        int at = 0, position = 0;
        for (int i = 0; i < split.MissCount; i++, position++)
        {
            if (!split.TryReadMiss(ref at, ref position, out ulong left)) return false;
            into[position] = into[position] & mask | left << split.Right;
        }
        return split.EndsAt(at);
    }

    private static int FindIndexes(ReadOnlySpan<ulong> values, in Cut cut, Span<long> indexes, Span<ushort> misses)
    {
        // Open addressing: index + 1 of a left part in the slot its hash leads to, or the next free one.
        Span<byte> table = stackalloc byte[TableLength];
        table.Clear();
        for (int i = 0; i < cut.Count; i++)
        {
            int slot = SlotOf(cut.Parts[i]);
            while (table[slot] != 0) slot = (slot + 1) % TableLength;
            table[slot] = (byte)(i + 1);
        }
        int missCount = 0;
        for (int i = 0; i < values.Length; i++)
        {
            ushort left = (ushort)(values[i] >> cut.Right);
            int slot = SlotOf(left), index = table[slot] - 1;
            while (index >= 0 && cut.Parts[index] != left)
            {
                slot = (slot + 1) % TableLength;
                index = table[slot] - 1;
            }
            if (index < 0) misses[missCount++] = (ushort)i;
            indexes[i] = Math.Max(index, 0);
        }
        return missCount;
    }

    private static int SlotOf(ushort left) => (int)(left * 0x9e37u >> 10) % TableLength;

    /// <summary>The most frequent left parts of a cut, and what it would cost.</summary>
    private static Cut At(ReadOnlySpan<ushort> sortedTops, int right)
    {
        var cut = new Cut { Right = right };
        Span<int> runs = stackalloc int[MaxLefts];
        int held = 0, drop = right - MinRight;
        for (int start = 0, end; start < sortedTops.Length; start = end)
        {
            int left = sortedTops[start] >> drop;
            end = start + 1;
            while (end < sortedTops.Length && sortedTops[end] >> drop == left) end++;
            int run = end - start, at;
            if (cut.Count < MaxLefts) at = cut.Count++;
            else if (runs[MaxLefts - 1] < run) held -= runs[at = MaxLefts - 1];
            else continue;
            held += run;
            for (; at > 0 && runs[at - 1] < run; at--)
            {
                runs[at] = runs[at - 1];
                cut.Parts[at] = cut.Parts[at - 1];
            }
            runs[at] = run;
            cut.Parts[at] = (ushort)left;
        }
        DebugCheck.That(held <= sortedTops.Length);
        cut.Bits = cut.LeastBits + MissBits * (double)(sortedTops.Length - held) / sortedTops.Length;
        return cut;
    }
}
