using System;
using System.Buffers.Binary;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Checks;
using Slungd.Native.Simd;

namespace Slungd.Engine.Segments;

/// <summary>
/// The descriptors of one series, back to back, each relative to the one before; 25 to 60 bytes each. A series with
/// many pages has anchors in front of them, one for every 16 pages but the first 16, so that a query need not walk all.
/// <code>
/// run        = anchors x anchor | pages x descriptor
/// anchor     = i64 newest timestamp of the page before | i64 offset in the .dat | u32 offset in the run
/// descriptor = varint count | varint timestamps since the page before | varint newest - oldest timestamp
///            | varint time length | varint value length | summary | [u32 time crc32c] | u32 value crc32c
/// summary    = u8 form | what the form says
/// </code>
/// </summary>
internal static class PageRun
{
    /// <summary>Pages from one anchor to the next.</summary>
    public const int GroupPages = 16;

    public const int AnchorSize = 20;

    /// <summary>Five lengths, a form, five numbers, two checksums.</summary>
    public const int MaxDescriptorSize = 10 * Varint.MaxLength + 1 + 2 * sizeof(uint);

    private const byte FormNone = 0; // payload families
    private const byte FormRaw = 1; // min, max, sum, first, last as f64
    private const byte FormDecimal = 2; // plus digits: signed min, max - min, first - min, last - min, signed sum
    private const byte SumIsRaw = 0x40; // f64 in its place

    public static int AnchorsOf(int pages) => (pages - 1) / GroupPages;

    public static void WriteAnchor(Span<byte> to, in PagePosition position)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to, position.LastTimestamp);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], position.Offset);
        BinaryPrimitives.WriteInt32LittleEndian(to[16..], position.At);
    }

    /// <summary>The position at a series' first page.</summary>
    public static PagePosition Begin(in SeriesEntry entry) => new()
    {
        Number = entry.FirstPage, At = AnchorsOf(entry.PageCount) * AnchorSize,
        LastTimestamp = entry.FirstTimestamp, Offset = entry.DataOffset,
    };

    /// <summary>The position at the last anchor in front of the first page that ends at or after a timestamp.</summary>
    public static PagePosition Seek(ReadOnlySpan<byte> run, in SeriesEntry entry, long timestamp)
    {
        int low = 0, count = AnchorsOf(entry.PageCount);
        while (count > 0)
        {
            int half = count >> 1;
            bool before = ReadAnchor(run, in entry, low + half + 1).LastTimestamp < timestamp;
            low = before ? low + half + 1 : low;
            count = before ? count - half - 1 : half;
        }
        return low == 0 ? Begin(in entry) : ReadAnchor(run, in entry, low);
    }

    /// <summary>The position at page 16 x index of the series; index counts from 1.</summary>
    public static PagePosition ReadAnchor(ReadOnlySpan<byte> run, in SeriesEntry entry, int index)
    {
        ReadOnlySpan<byte> anchor = run.Slice((index - 1) * AnchorSize, AnchorSize);
        return new PagePosition
        {
            Number = entry.FirstPage + index * GroupPages,
            LastTimestamp = BinaryPrimitives.ReadInt64LittleEndian(anchor),
            Offset = BinaryPrimitives.ReadInt64LittleEndian(anchor[8..]),
            At = BinaryPrimitives.ReadInt32LittleEndian(anchor[16..]),
        };
    }

    /// <summary>Writes the next descriptor and returns its length.</summary>
    /// <param name="to">At least <see cref="MaxDescriptorSize"/> bytes.</param>
    /// <param name="page">The page.</param>
    /// <param name="position">In front of it; moved behind it.</param>
    /// <param name="hasSummary">False for payload families.</param>
    public static int Write(Span<byte> to, in PageDescriptor page, ref PagePosition position, bool hasSummary)
    {
        ref readonly BlockSummary summary = ref page.Summary;
        Invariant.Check(page.Offset == position.Offset && summary.FirstTimestamp >= position.LastTimestamp);
        int at = Varint.Write(to, (ulong)summary.Count);
        at += Varint.Write(to[at..], (ulong)(summary.FirstTimestamp - position.LastTimestamp));
        at += Varint.Write(to[at..], (ulong)(summary.LastTimestamp - summary.FirstTimestamp));
        at += Varint.Write(to[at..], (ulong)page.TimeLength);
        at += Varint.Write(to[at..], (ulong)page.ValueLength);
        if (hasSummary) at += WriteSummary(to[at..], in summary);
        else to[at++] = FormNone;
        if (page.TimeLength > 0)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(to[at..], page.TimeChecksum);
            at += sizeof(uint);
        }
        BinaryPrimitives.WriteUInt32LittleEndian(to[at..], page.ValueChecksum);
        at += sizeof(uint);
        Move(ref position, in page, at);
        return at;
    }

    /// <summary>Reads the next descriptor and moves behind it; false when there is none or it is impossible.</summary>
    public static bool TryRead(ReadOnlySpan<byte> run, ref PagePosition position, out PageDescriptor page)
    {
        page = default;
        int at = position.At, begin = at;
        bool sound = Varint.TryRead(run, ref at, out ulong count) & Varint.TryRead(run, ref at, out ulong gap) &
            Varint.TryRead(run, ref at, out ulong span) & Varint.TryRead(run, ref at, out ulong timeLength) &
            Varint.TryRead(run, ref at, out ulong valueLength);
        if (!sound || timeLength + valueLength > SegmentFormat.MaxPageBytes || timeLength > valueLength + timeLength)
            return false;
        ref BlockSummary summary = ref page.Summary;
        summary.Count = (long)count;
        summary.FirstTimestamp = position.LastTimestamp + (long)gap;
        summary.LastTimestamp = summary.FirstTimestamp + (long)span;
        (page.TimeLength, page.ValueLength) = ((int)timeLength, (int)valueLength);
        (page.Number, page.Offset) = (position.Number, position.Offset);
        if (!TryReadSummary(run, ref at, ref summary)) return false;
        int checksums = timeLength > 0 ? 2 * sizeof(uint) : sizeof(uint);
        if (run.Length - at < checksums) return false;
        if (timeLength > 0) page.TimeChecksum = BinaryPrimitives.ReadUInt32LittleEndian(run[at..]);
        at += checksums;
        page.ValueChecksum = BinaryPrimitives.ReadUInt32LittleEndian(run[(at - sizeof(uint))..]);
        Move(ref position, in page, at - begin);
        return true;
    }

    private static void Move(ref PagePosition position, in PageDescriptor page, int length)
    {
        position.Number++;
        position.At += length;
        position.Offset += page.Length;
        position.LastTimestamp = page.Summary.LastTimestamp;
    }

    private static int WriteSummary(Span<byte> to, in BlockSummary summary)
    {
        double sum = summary.Sum + summary.SumLow;
        for (int digits = 0; digits <= DecimalScale.MaxDigits; digits++)
        {
            if (!DecimalScale.TryGet(summary.Min, digits, out long min) ||
                !DecimalScale.TryGet(summary.Max, digits, out long max) ||
                !DecimalScale.TryGet(summary.First, digits, out long first) ||
                !DecimalScale.TryGet(summary.Last, digits, out long last)) continue;
            bool isExact = DecimalScale.TryGet(sum, digits, out long total);
            to[0] = (byte)(FormDecimal + digits | (isExact ? 0 : SumIsRaw));
            int at = 1 + Varint.WriteSigned(to[1..], min);
            at += Varint.Write(to[at..], (ulong)(max - min));
            at += Varint.Write(to[at..], (ulong)(first - min));
            at += Varint.Write(to[at..], (ulong)(last - min));
            if (isExact) return at + Varint.WriteSigned(to[at..], total);
            BinaryPrimitives.WriteDoubleLittleEndian(to[at..], sum);
            return at + sizeof(double);
        }
        to[0] = FormRaw;
        BinaryPrimitives.WriteDoubleLittleEndian(to[1..], summary.Min);
        BinaryPrimitives.WriteDoubleLittleEndian(to[9..], summary.Max);
        BinaryPrimitives.WriteDoubleLittleEndian(to[17..], sum);
        BinaryPrimitives.WriteDoubleLittleEndian(to[25..], summary.First);
        BinaryPrimitives.WriteDoubleLittleEndian(to[33..], summary.Last);
        return 41;
    }

    private static bool TryReadSummary(ReadOnlySpan<byte> run, ref int at, ref BlockSummary summary)
    {
        if (at >= run.Length) return false;
        byte form = run[at++];
        if (form == FormNone) return true;
        if (form == FormRaw)
        {
            if (run.Length - at < 40) return false;
            summary.Min = ReadDouble(run, ref at);
            summary.Max = ReadDouble(run, ref at);
            summary.Sum = ReadDouble(run, ref at);
            summary.First = ReadDouble(run, ref at);
            summary.Last = ReadDouble(run, ref at);
            return true;
        }
        int digits = (form & ~SumIsRaw) - FormDecimal;
        if (digits is < 0 or > DecimalScale.MaxDigits) return false;
        bool sound = Varint.TryReadSigned(run, ref at, out long min) & Varint.TryRead(run, ref at, out ulong max) &
            Varint.TryRead(run, ref at, out ulong first) & Varint.TryRead(run, ref at, out ulong last);
        if (!sound) return false;
        double power = DecimalScale.Power(digits);
        summary.Min = min / power;
        summary.Max = (min + (long)max) / power;
        summary.First = (min + (long)first) / power;
        summary.Last = (min + (long)last) / power;
        if ((form & SumIsRaw) == 0)
        {
            if (!Varint.TryReadSigned(run, ref at, out long total)) return false;
            summary.Sum = total / power;
            return true;
        }
        if (run.Length - at < sizeof(double)) return false;
        summary.Sum = ReadDouble(run, ref at);
        return true;
    }

    private static double ReadDouble(ReadOnlySpan<byte> run, ref int at)
    {
        at += sizeof(double);
        return BinaryPrimitives.ReadDoubleLittleEndian(run[(at - sizeof(double))..]);
    }
}
