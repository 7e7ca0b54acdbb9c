using System;
using System.Buffers.Binary;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Native.Bits;
using Slungd.Native.Os;
using Slungd.Tests.Engine.Segments;

namespace Slungd.Tests.Fuzz;

/// <summary>Any two files either open and can be read to the end, or are called corrupt. Input: `u8 flags | u16 idx
/// length | idx | dat`; with flag 1 all checksums are made right first, so that what lies behind them is reached; with
/// flag 2 all of the index is checked before.</summary>
internal static class SegmentReaderFuzz
{
    public static readonly byte[][] Seeds = [Seed(0), Seed(1), Seed(3)];

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < 3) return;
        int length = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(input[1..]), input.Length - 3);
        byte[] idx = input.Slice(3, length).ToArray();
        byte[] dat = input[(3 + length)..].ToArray();
        if ((input[0] & 1) != 0) Repair(idx, dat);
        try
        {
            using SegmentReader reader = SegmentSample.Open(idx, dat);
            if ((input[0] & 2) != 0) reader.CheckIndex();
            SegmentSample.Digest(reader);
            for (int i = 0; i < reader.SeriesCount; i++)
            {
                reader.ReadSeries(i, out SeriesEntry entry);
                reader.Find(reader.KeyOf(in entry));
                reader.FirstPageFrom(in entry, entry.LastTimestamp);
            }
        }
        catch (SegmentCorruptException) { /* the answer */ }
        catch (SegmentVersionException) { /* the other answer */ }
    }

    private static byte[] Seed(byte repair)
    {
        string directory = System.IO.Directory.CreateTempSubdirectory("slungd-fuzz-").FullName;
        try
        {
            var writer = new SegmentWriter(PosixDisk.Instance, directory,
                new SegmentSettings(Precision.Microseconds, 8, TimestampEncoding.Adaptive));
            writer.Begin(SegmentSample.Name, 1, 2, 3, 4);
            writer.BeginSeries("a"u8, ValueFamily.Float);
            writer.AddPage([1, 2, 3], [5, 6, 7]);
            writer.AddPage([4, 9, 20], [5, 5, 5]);
            writer.BeginSeries("b"u8, ValueFamily.String);
            writer.AddPage([-1, 7], [new PayloadRef(0, 2).ToBits(), new PayloadRef(2, 1).ToBits()], "xyz"u8);
            writer.Finish();
            byte[] idx = System.IO.File.ReadAllBytes(directory + "/" + SegmentSample.Name.Idx);
            byte[] dat = System.IO.File.ReadAllBytes(directory + "/" + SegmentSample.Name.Dat);
            byte[] seed = [repair, (byte)idx.Length, (byte)(idx.Length >> 8), .. idx, .. dat];
            return seed;
        }
        finally { System.IO.Directory.Delete(directory, recursive: true); }
    }

    private static void Repair(byte[] idx, byte[] dat)
    {
        if (idx.Length < SegmentFormat.FileHeaderSize + SegmentFormat.TailSize) return;
        RepairHeader(idx);
        if (dat.Length >= SegmentFormat.FileHeaderSize) RepairHeader(dat);
        long footerOffset = BinaryPrimitives.ReadInt64LittleEndian(idx.AsSpan(idx.Length - SegmentFormat.TailSize));
        long footerLength = idx.Length - SegmentFormat.TailSize - footerOffset;
        if (footerOffset < 0 || footerLength < SegmentFormat.SectionHeaderSize) return;
        Span<byte> section = idx.AsSpan((int)footerOffset, (int)footerLength);
        if (SegmentFooter.TryRead(section[SegmentFormat.SectionHeaderSize..], out SegmentFooter footer))
        {
            RepairPages(idx, footer, dat);
            ReadOnlySpan<SectionPlace> places =
                [footer.Pages, footer.Keys, footer.Series, footer.RowIndex, footer.Bloom];
            foreach (SectionPlace place in places)
                if (IsInside(place, idx)) RepairSection(idx.AsSpan((int)place.Offset, (int)place.Length));
        }
        RepairSection(section);
    }

    private static void RepairHeader(Span<byte> file) =>
        BinaryPrimitives.WriteUInt32LittleEndian(file[20..], Crc32C.Of(file[..20]));

    private static void RepairSection(Span<byte> section) =>
        BinaryPrimitives.WriteUInt32LittleEndian(section, Crc32C.Of(section[4..]));

    private static void RepairPages(byte[] idx, SegmentFooter footer, byte[] dat)
    {
        if (!IsInside(footer.Pages, idx) || !IsInside(footer.Series, idx)) return;
        Span<byte> pages = idx.AsSpan((int)footer.Pages.Offset, (int)footer.Pages.Length);
        pages = pages[SegmentFormat.SectionHeaderSize..];
        Span<byte> series = idx.AsSpan((int)footer.Series.Offset, (int)footer.Series.Length);
        series = series[SegmentFormat.SectionHeaderSize..];
        for (; series.Length >= SegmentFormat.SeriesEntrySize; series = series[SegmentFormat.SeriesEntrySize..])
        {
            SeriesEntry.Read(series, out SeriesEntry entry);
            if (entry.RunOffset < 0 || entry.RunLength < 0) continue;
            if (entry.RunOffset > pages.Length - entry.RunLength) continue;
            Span<byte> run = pages.Slice(entry.RunOffset, entry.RunLength);
            RepairRun(run, in entry, dat);
            SeriesEntry.Seal(series, run);
        }
    }

    private static void RepairRun(Span<byte> run, in SeriesEntry entry, byte[] dat)
    {
        PagePosition position = PageRun.Begin(in entry);
        for (int i = 0; i < entry.PageCount && PageRun.TryRead(run, ref position, out PageDescriptor page); i++)
        {
            if (page.Offset < 0 || page.Offset > dat.Length - (long)page.Length) return;
            uint times = Crc32C.Of(dat.AsSpan((int)page.Offset, page.TimeLength));
            uint values = Crc32C.Of(dat.AsSpan((int)page.Offset + page.TimeLength, page.ValueLength));
            BinaryPrimitives.WriteUInt32LittleEndian(run[(position.At - 4)..], values);
            if (page.TimeLength > 0) BinaryPrimitives.WriteUInt32LittleEndian(run[(position.At - 8)..], times);
        }
    }

    private static bool IsInside(SectionPlace place, byte[] idx) => place.Offset >= 0 &&
        place.Length >= SegmentFormat.SectionHeaderSize && place.Offset <= idx.Length - place.Length;
}
