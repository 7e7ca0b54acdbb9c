using System;
using System.Runtime.CompilerServices;
using Slungd.Native.Bits;
using Slungd.Native.Checks;
using Slungd.Native.Simd;

namespace Slungd.Engine.Codecs;

/// <summary>Integers as what is left of a simple model (<see cref="IntegerModel"/>), bit-packed in blocks of 512 or
/// entropy-coded (<see cref="BinnedIntegers"/>); the body of the packed, decimal and float-bits pages
/// (docs/formats/pages.md).</summary>
[SkipLocalsInit] // buffers on the stack are written before they are read
internal static partial class PackedIntegers
{
    private const byte BinnedFlag = 4;
    private const byte ExceptionsFlag = 0x80;

    // width, origin, count of exceptions
    private const int MaxBlockHeaderLength = 1 + 2 * Varint.MaxLength;
    private const int SampledBlocks = 3;
    private const int QuicklySampledBlocks = 2;
    private const int NoDecimals = -1;

    /// <summary>Writes the column; false when it takes more than <paramref name="to"/>.</summary>
    public static bool TryEncode(ReadOnlySpan<long> numbers, CodecEffort effort, Span<byte> to, out int length)
    {
        length = 0;
        if (to.Length < 1 + IntegerModel.MaxHeaderLength) return false;
        IntegerModel model = Choose(numbers, effort, out int cost);
        if (effort == CodecEffort.Strong && numbers.Length >= BinnedIntegers.FewestNumbers)
        {
            IntegerModel binned = BinnedIntegers.Choose(numbers, model.Scale, out int binnedCost);
            // What saves little is not worth its decoding.
            if (binnedCost < cost - cost / 32 && TryEncodeBinned(numbers, binned, to, out length)) return true;
        }
        if (cost > to.Length + to.Length / 16) return false;
        to[0] = model.Flags;
        int at = 1 + model.WriteHeader(numbers, to[1..]);
        Span<long> block = stackalloc long[BitPacking.BlockLength];
        for (int start = 0; start < numbers.Length; start += BitPacking.BlockLength)
        {
            Span<long> rest = block[..Math.Min(BitPacking.BlockLength, numbers.Length - start)];
            model.Reduce(numbers, start, rest);
            if (!TryWriteBlock(rest, to, ref at)) return false;
        }
        length = at;
        return true;
    }

    /// <summary>Restores <paramref name="into"/>.Length numbers from number <paramref name="from"/> on of the column of
    /// <paramref name="count"/> that <paramref name="body"/> is. What lies behind them is not looked at; before them
    /// only block headers are, and, where each number counts from the one before, their numbers.</summary>
    /// <param name="body">All of it.</param>
    /// <param name="count">Numbers of the column.</param>
    /// <param name="from">The first that is wanted.</param>
    /// <param name="digits">Not negative: the numbers become the bits of decimals, block by block while they are in the
    /// first cache.</param>
    /// <param name="into">Not empty.</param>
    public static bool TryDecode(ReadOnlySpan<byte> body, int count, int from, int digits, Span<long> into)
    {
        int at = 1;
        if (body.IsEmpty || body[0] > (IntegerModel.DeltaFlag | IntegerModel.ScaleFlag | BinnedFlag)) return false;
        if (!IntegerModel.TryReadHeader(body[0], body, ref at, out long first, out IntegerModel model)) return false;
        if ((body[0] & BinnedFlag) != 0)
            return BinnedIntegers.TryDecode(body[at..], model, first, count, from, digits, into);
        Span<long> aside = stackalloc long[into.Length < count ? BitPacking.BlockLength : 0];
        long last = first;
        for (int start = 0; start < count; start += BitPacking.BlockLength)
        {
            var part = new ColumnPart(start, Math.Min(BitPacking.BlockLength, count - start), from, into.Length);
            if (part.IsBehind) return true;
            if (part.IsBefore && !model.IsDelta)
            {
                if (!TrySkipBlock(body, ref at, part.Length)) return false;
                continue;
            }
            Span<long> block = part.IsWhole ? into.Slice(start - from, part.Length) : aside[..part.Length];
            if (model.IsFlat)
            {
                if (!TryReadBlock(body, ref at, first, digits, block)) return false;
            }
            else if (!model.IsPlainDelta || !TryReadRunning(body, ref at, digits, ref last, block))
            {
                if (!TryReadBlock(body, ref at, 0, NoDecimals, block)) return false;
                last = model.Restore(block, start, first, last, part.IsBefore ? NoDecimals : digits);
            }
            if (!part.IsWhole) part.Copy(block, into);
        }
        return at == body.Length;
    }

    private static bool TryEncodeBinned(ReadOnlySpan<long> numbers, IntegerModel model, Span<byte> to, out int length)
    {
        to[0] = (byte)(model.Flags | BinnedFlag);
        int at = 1 + model.WriteHeader(numbers, to[1..]);
        bool fits = BinnedIntegers.TryEncode(numbers, model, to[at..], out int body);
        length = at + body;
        return fits;
    }

    /// <summary>Tries the models on up to three blocks. A line is preferred when it is nearly as small: it decodes
    /// faster.</summary>
    private static IntegerModel Choose(ReadOnlySpan<long> numbers, CodecEffort effort, out int cost)
    {
        int blocks = (numbers.Length + BitPacking.BlockLength - 1) / BitPacking.BlockLength;
        // Both blocks of a short column need no trial: what suits the first suits the other.
        int samples = effort == CodecEffort.Strong ? Math.Min(blocks, SampledBlocks)
            : blocks <= QuicklySampledBlocks ? 1 : QuicklySampledBlocks;
        long scale = IntegerModel.CommonDivisor(numbers);
        var best = new IntegerModel(false, scale, 0);
        cost = Cost(numbers, best, samples);
        Try(new IntegerModel(true, scale, 0), numbers, samples, ref best, ref cost);
        long trend = IntegerModel.Trend(numbers, scale);
        if (trend != 0) Try(new IntegerModel(false, scale, trend), numbers, samples, ref best, ref cost);
        return best;
    }

    private static void Try(IntegerModel model, ReadOnlySpan<long> numbers, int samples, ref IntegerModel best,
        ref int bestCost)
    {
        int cost = Cost(numbers, model, samples);
        if (cost >= (model.IsDelta ? bestCost - bestCost / 32 : bestCost)) return;
        best = model;
        bestCost = cost;
    }

    /// <summary>Bytes for the column, as the sampled blocks foretell.</summary>
    private static int Cost(ReadOnlySpan<long> numbers, IntegerModel model, int samples)
    {
        Span<long> block = stackalloc long[BitPacking.BlockLength];
        int blocks = (numbers.Length + BitPacking.BlockLength - 1) / BitPacking.BlockLength;
        long cost = 0, sampled = 0;
        for (int i = 0; i < samples; i++)
        {
            // The first, one in the middle, and the last that is surely full.
            int start = (samples == blocks ? i : i * (blocks - 2) / Math.Max(1, samples - 1)) * BitPacking.BlockLength;
            int length = Math.Min(BitPacking.BlockLength, numbers.Length - start);
            Span<long> part = block[..length];
            if (!model.IsFlat) model.Reduce(numbers, start, part);
            cost += BlockPlan.Of(model.IsFlat ? numbers.Slice(start, length) : part).Cost + 4;
            sampled += length;
        }
        return (int)(cost * numbers.Length / sampled);
    }

    private static bool TryWriteBlock(Span<long> block, Span<byte> to, ref int at)
    {
        BlockPlan plan = BlockPlan.Of(block);
        int packedLength = BitPacking.SizeOf(block.Length, plan.Width);
        int worst = MaxBlockHeaderLength + packedLength + plan.Exceptions * 2 * Varint.MaxLength;
        if (worst > to.Length - at) return false;
        to[at++] = (byte)(plan.Width | (plan.Exceptions > 0 ? ExceptionsFlag : 0));
        at += Varint.WriteSigned(to[at..], plan.Origin);
        if (plan.Exceptions == 0)
        {
            BitPacking.Pack(block, plan.Origin, plan.Width, to.Slice(at, packedLength));
            at += packedLength;
            return true;
        }

        Span<int> positions = stackalloc int[BitPacking.BlockLength];
        Span<long> values = stackalloc long[BitPacking.BlockLength];
        int count = 0;
        for (int i = 0; i < block.Length; i++)
        {
            if (plan.Holds(block[i])) continue;
            positions[count] = i;
            values[count++] = block[i];
            block[i] = plan.Origin;
        }
        Invariant.Check(count <= plan.Exceptions);
        at += Varint.Write(to[at..], (ulong)count);
        BitPacking.Pack(block, plan.Origin, plan.Width, to.Slice(at, packedLength));
        at += packedLength;
        for (int i = 0, next = 0; i < count; next = positions[i++] + 1)
        {
            at += Varint.Write(to[at..], (ulong)(positions[i] - next));
            at += Varint.WriteSigned(to[at..], values[i] - plan.Origin);
        }
        return true;
    }

    private static bool TryReadBlock(ReadOnlySpan<byte> body, ref int at, long offset, int digits, Span<long> block)
    {
        if (!TryReadHead(body, ref at, block.Length, out BlockHead head)) return false;
        long origin = head.Origin + offset;
        ReadOnlySpan<byte> packed = body.Slice(at, head.PackedLength);
        if (digits == NoDecimals) BitPacking.Unpack(packed, origin, head.Width, block);
        else BitPacking.UnpackDecimals(packed, origin, head.Width, digits, block);
        at += head.PackedLength;
        for (int position = 0; head.Exceptions > 0; head.Exceptions--, position++)
        {
            if (!Varint.TryRead(body, ref at, out ulong gap)) return false;
            if (!Varint.TryReadSigned(body, ref at, out long distance)) return false;
            if (gap >= (ulong)(block.Length - position)) return false;
            position += (int)gap;
            block[position] = origin + distance;
            if (digits != NoDecimals) Kernels.FromDecimals(block.Slice(position, 1), digits);
        }
        return true;
    }

    /// <summary>A full block of narrow deltas without exceptions becomes decimals in one pass; of any other nothing is
    /// read.</summary>
    private static bool TryReadRunning(ReadOnlySpan<byte> body, ref int at, int digits, ref long last, Span<long> block)
    {
        int from = at, unread = at;
        if (digits == NoDecimals || !TryReadHead(body, ref from, block.Length, out BlockHead head)) return false;
        if (head.Exceptions > 0) return false;
        ReadOnlySpan<byte> packed = body.Slice(from, head.PackedLength);
        at = from + head.PackedLength;
        if (BitPacking.TryUnpackRunningDecimals(packed, head.Origin, head.Width, ref last, digits, block)) return true;
        at = unread;
        return false;
    }

    private static bool TrySkipBlock(ReadOnlySpan<byte> body, ref int at, int length)
    {
        if (!TryReadHead(body, ref at, length, out BlockHead head)) return false;
        at += head.PackedLength;
        for (; head.Exceptions > 0; head.Exceptions--)
            if (!Varint.TryRead(body, ref at, out _) || !Varint.TryRead(body, ref at, out _)) return false;
        return true;
    }

    private static bool TryReadHead(ReadOnlySpan<byte> body, ref int at, int length, out BlockHead head)
    {
        head = default;
        if (at >= body.Length) return false;
        head.Width = body[at] & ~ExceptionsFlag;
        bool hasExceptions = (body[at++] & ExceptionsFlag) != 0;
        if (head.Width > BitPacking.MaxWidth || !Varint.TryReadSigned(body, ref at, out head.Origin)) return false;
        ulong exceptions = 0;
        if (hasExceptions && !Varint.TryRead(body, ref at, out exceptions)) return false;
        if (exceptions > (ulong)length) return false;
        head.Exceptions = (int)exceptions;
        head.PackedLength = BitPacking.SizeOf(length, head.Width);
        return head.PackedLength <= body.Length - at;
    }

    private struct BlockHead
    {
        public int Width;
        public long Origin;
        public int Exceptions;
        public int PackedLength;
    }
}
