using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using Slungd.Native.Bits;
using Slungd.Native.Checks;
using Slungd.Native.Simd;

namespace Slungd.Engine.Codecs;

/// <summary>Integers in bins (<see cref="BinTree"/>), each as the name of its bin, entropy-coded, and its place in it
/// (<see cref="BinDecoder"/>): signed origin, u8 width, u8 table bits, the tree, then for each block of 1,024 its
/// length as a varint and, of deltas and but for the first block, how far the number before it is from the one before
/// the block before; then the blocks' streams. So a block decodes without the others.</summary>
[SkipLocalsInit] // buffers on the stack are written before they are read
internal static class BinnedIntegers
{
    /// <summary>Less is not worth a tree.</summary>
    public const int FewestNumbers = 32;

    public const int BlockLength = 1024;

    private const int MaxBlocks = TimestampCodec.MaxCount / BlockLength;

    // origin, width, table bits
    private const int MaxHeaderLength = Varint.MaxLength + 2;
    private const int SampledRuns = 4;
    private const int SampledRun = 512;

    // The most that a block may take: each number a state's bits and 64 more.
    private const int MaxBlockRoom = (BinDecoder.MaxStateBits + 64) * BlockLength / 8 + 32;

    /// <summary>The model that leaves least, and about how many bytes the column takes then.</summary>
    public static IntegerModel Choose(ReadOnlySpan<long> numbers, long scale, out int cost)
    {
        var best = new IntegerModel(false, scale, 0);
        double bits = Cost(numbers, best);
        Try(new IntegerModel(true, scale, 0), numbers, ref best, ref bits);
        long trend = IntegerModel.Trend(numbers, scale);
        if (trend != 0) Try(new IntegerModel(false, scale, trend), numbers, ref best, ref bits);
        cost = (int)Math.Min(bits / 8, int.MaxValue);
        return best;
    }

    /// <summary>Writes what follows the model's header; false when it takes more than <paramref name="to"/>.</summary>
    public static bool TryEncode(ReadOnlySpan<long> numbers, IntegerModel model, Span<byte> to, out int length)
    {
        length = 0;
        CodecScratch scratch = CodecScratch.OfThread;
        Span<long> residuals = scratch.Residuals(numbers.Length);
        model.Reduce(numbers, 0, residuals);
        BinTree tree = scratch.Tree;
        if (tree.Plan(scratch.Sort(residuals, out long origin)) == double.MaxValue) return false;
        tree.Weigh();
        if (to.Length < MaxHeaderLength) return false;
        int at = Varint.WriteSigned(to, origin);
        to[at++] = (byte)tree.Width;
        to[at++] = (byte)tree.TableBits;
        var writer = new BitWriter(to[at..]);
        tree.Write(ref writer);
        at += writer.Finish();
        if (writer.Overflowed) return false;
        BinEncoder encoder = scratch.Encoder;
        encoder.Use(tree);

        int blocks = (numbers.Length + BlockLength - 1) / BlockLength;
        Span<int> lengths = stackalloc int[MaxBlocks];
        Span<uint> moves = scratch.Moves(numbers.Length);
        Span<ushort> bins = scratch.Bins(numbers.Length);
        encoder.FindBins(residuals, origin, bins);
        long anchor = model.First(numbers);
        for (int block = 0; block < blocks; block++)
        {
            int start = block * BlockLength, count = Math.Min(BlockLength, numbers.Length - start);
            lengths[block] = encoder.Run(bins.Slice(start, count), moves.Slice(start, count));
            if (to.Length - at < 2 * Varint.MaxLength) return false;
            at += Varint.Write(to[at..], (ulong)lengths[block]);
            if (!model.IsDelta || block == 0) continue;
            at += Varint.WriteSigned(to[at..], numbers[start - 1] - anchor);
            anchor = numbers[start - 1];
        }
        for (int block = 0; block < blocks; block++)
        {
            int start = block * BlockLength, count = Math.Min(BlockLength, numbers.Length - start);
            if (lengths[block] > to.Length - at) return false;
            encoder.Write(residuals.Slice(start, count), origin, bins.Slice(start, count), moves.Slice(start, count),
                to.Slice(at, lengths[block]));
            at += lengths[block];
        }
        length = at;
        return true;
    }

    /// <summary>Restores <paramref name="into"/>.Length numbers from number <paramref name="from"/> on of the column of
    /// <paramref name="count"/>, as decimals when <paramref name="digits"/> is not negative. Only their blocks are
    /// decoded.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> body, IntegerModel model, long first, int count, int from,
        int digits, Span<long> into)
    {
        int at = 0;
        if (!Varint.TryReadSigned(body, ref at, out long origin) || body.Length - at < 2) return false;
        int width = body[at++], tableBits = body[at++];
        if (width > 64 || tableBits > BinDecoder.MaxStateBits) return false;
        Span<BinState> states = stackalloc BinState[1 << tableBits];
        if (model.IsFlat) origin += first;
        if (!TryReadTable(body, ref at, origin, width, states, out int mostBits)) return false;

        int blocks = (count + BlockLength - 1) / BlockLength;
        Span<int> lengths = stackalloc int[MaxBlocks];
        Span<long> anchors = stackalloc long[MaxBlocks];
        if (!TryReadDirectory(body, ref at, model.IsDelta, first, lengths[..blocks], anchors)) return false;
        Span<long> aside = stackalloc long[into.Length < count ? BlockLength : 0];
        for (int block = 0; block < blocks; at += lengths[block++])
        {
            int start = block * BlockLength;
            var part = new ColumnPart(start, Math.Min(BlockLength, count - start), from, into.Length);
            if (part.IsBehind) return true;
            if (lengths[block] > body.Length - at) return false;
            if (part.IsBefore) continue;
            Span<long> numbers = part.IsWhole ? into.Slice(start - from, part.Length) : aside[..part.WantedLength];
            ReadOnlySpan<byte> rest = body[at..];
            if (!TryDecodeBlock(rest, lengths[block], states, tableBits, mostBits, part.Length, numbers)) return false;
            model.Restore(numbers, start, first, anchors[block], digits);
            if (!part.IsWhole) part.Copy(numbers, into);
        }
        return at == body.Length;
    }

    private static bool TryReadTable(ReadOnlySpan<byte> body, ref int at, long origin, int width,
        Span<BinState> states, out int mostBits)
    {
        mostBits = 0;
        Span<BinState> bins = stackalloc BinState[BinTree.MaxBins];
        Span<ushort> weights = stackalloc ushort[BinTree.MaxBins];
        var reader = new BitReader(body[at..]);
        if (!BinTree.TryRead(ref reader, width, BitOperations.Log2((uint)states.Length), weights, bins, out int count))
            return false;
        at += reader.Consumed;
        foreach (ref BinState bin in bins[..count]) bin.Lower += (ulong)origin;
        mostBits = BinTable.Fill(weights[..count], bins[..count], states);
        return true;
    }

    private static bool TryReadDirectory(ReadOnlySpan<byte> body, ref int at, bool hasAnchors, long first,
        Span<int> lengths, Span<long> anchors)
    {
        for (int block = 0; block < lengths.Length; block++)
        {
            if (!Varint.TryRead(body, ref at, out ulong length) || length > MaxBlockRoom) return false;
            lengths[block] = (int)length;
            anchors[block] = first;
            if (!hasAnchors || block == 0) continue;
            if (!Varint.TryReadSigned(body, ref at, out long rise)) return false;
            anchors[block] = anchors[block - 1] + rise;
        }
        return true;
    }

    /// <summary>Decodes the first numbers of a block of <paramref name="count"/>; of all of them the length must be
    /// right.</summary>
    private static bool TryDecodeBlock(scoped ReadOnlySpan<byte> rest, int length, ReadOnlySpan<BinState> states,
        int tableBits, int mostBits, int count, Span<long> into)
    {
        int room = BinDecoder.RoomFor(into.Length, tableBits, mostBits);
        if (rest.Length < room)
        {
            // The end of the page is nearer than the decoder may look.
            Span<byte> copy = stackalloc byte[MaxBlockRoom];
            Span<byte> padded = copy[..room];
            rest.CopyTo(padded);
            padded[rest.Length..].Clear();
            rest = padded;
        }
        int taken = (BinDecoder.Decode(states, tableBits, mostBits, rest, count, into) + 7) / 8;
        return into.Length == count ? taken == length : taken <= length;
    }

    private static void Try(IntegerModel model, ReadOnlySpan<long> numbers, ref IntegerModel best, ref double bestBits)
    {
        double bits = Cost(numbers, model);
        if (bits >= bestBits) return;
        best = model;
        bestBits = bits;
    }

    /// <summary>Bits for the column, as a sample of runs foretells.</summary>
    private static double Cost(ReadOnlySpan<long> numbers, IntegerModel model)
    {
        CodecScratch scratch = CodecScratch.OfThread;
        int count = Math.Min(numbers.Length, SampledRuns * SampledRun);
        Span<long> residuals = scratch.Residuals(count);
        if (count == numbers.Length)
        {
            model.Reduce(numbers, 0, residuals);
        }
        else
        {
            for (int run = 0; run < SampledRuns; run++)
            {
                int start = (int)((long)run * (numbers.Length - SampledRun) / (SampledRuns - 1));
                model.Reduce(numbers, start, residuals.Slice(run * SampledRun, SampledRun));
            }
        }
        int directory = 4 * ((numbers.Length + BlockLength - 1) / BlockLength);
        return scratch.Tree.Plan(scratch.Sort(residuals, out _), (double)numbers.Length / count) + 8 * (4 + directory);
    }
}
