using System;
using System.IO;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Engine.Segments;

public sealed class SegmentReaderTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slungd-segment-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void TheFooterSaysWhatWasWritten()
    {
        SegmentFooter written = SegmentSample.Write(PosixDisk.Instance, _directory);
        Assert.Equal(["_0_0000000000001234.dat", "_0_0000000000001234.idx"], PosixDisk.Instance.ListFiles(_directory));
        using SegmentReader reader = SegmentReader.Open(PosixDisk.Instance, _directory, SegmentSample.Name);
        SegmentFooter footer = reader.Footer;
        Assert.Equal(written with { Marks = footer.Marks }, footer);
        Assert.Equal((334L, 5, 7), (footer.Rows, footer.SeriesCount, footer.PageCount));
        Assert.Equal((-50L, long.MaxValue), (footer.MinTimestamp, footer.MaxTimestamp));
        Assert.Equal((7UL, 7UL, Precision.Microseconds), (footer.FirstSequence, footer.LastSequence, footer.Precision));
        Assert.Equal(reader.BytesOnDisk, new FileInfo(reader.IdxPath).Length + new FileInfo(reader.DatPath).Length);
    }

    [Fact]
    public void SeriesAreFoundByKeyAndComeBackBitForBit()
    {
        SegmentSample.Write(PosixDisk.Instance, _directory);
        using SegmentReader reader = SegmentReader.Open(PosixDisk.Instance, _directory, SegmentSample.Name);
        Assert.Equal(-1, reader.Find(SegmentSample.Key("absent")));
        Assert.Equal(-1, reader.Find(SegmentSample.Key("cp")));
        int position = reader.Find(SegmentSample.Key("cpu"));
        Assert.Equal(2, position);
        reader.ReadSeries(position, out SeriesEntry entry);
        Assert.Equal((3, ValueFamily.Float), (entry.PageCount, entry.Family));
        PagePosition at = SegmentReader.FirstPage(in entry);
        for (int i = 0; i < 3; i++)
        {
            Assert.True(reader.ReadPage(in entry, ref at, out PageDescriptor page));
            Assert.Equal(entry.FirstPage + i, page.Number);
            var timestamps = new long[page.Summary.Count];
            var values = new ulong[page.Summary.Count];
            reader.ReadTimes(in page, timestamps);
            reader.ReadValues(in page, values);
            Assert.Equal(SegmentSample.Times(i * 1000, 100), timestamps);
            Assert.Equal(SegmentSample.Values(100, p => SegmentSample.Float(i * 100 + p)), values);
        }
        Assert.False(reader.ReadPage(in entry, ref at, out _));
    }

    [Fact]
    public void SummariesFollowTheRulesOfTheModel()
    {
        SegmentSample.Write(PosixDisk.Instance, _directory);
        using SegmentReader reader = SegmentReader.Open(PosixDisk.Instance, _directory, SegmentSample.Name);
        reader.ReadSeries(reader.Find(SegmentSample.Key("int")), out SeriesEntry entry);
        PageDescriptor page = First(reader, in entry);
        BlockSummary summary = page.Summary;
        Assert.Equal((20L, -50L, -50L + 190 + 1), (summary.Count, summary.FirstTimestamp, summary.LastTimestamp));
        Assert.Equal((-10.0, 9.0, -10.0, -10.0, 9.0),
            (summary.Min, summary.Max, summary.Sum + summary.SumLow, summary.First, summary.Last));
        reader.ReadSeries(reader.Find(SegmentSample.Key("cpu")), out entry);
        page = First(reader, in entry);
        Assert.Equal((0.0, 99 * 0.25), (page.Summary.Min, page.Summary.Max)); // NaN never wins
        Assert.True(double.IsNaN(page.Summary.Sum)); // but poisons the sum
    }

    [Fact]
    public void PayloadsComeBack()
    {
        SegmentSample.Write(PosixDisk.Instance, _directory);
        using SegmentReader reader = SegmentReader.Open(PosixDisk.Instance, _directory, SegmentSample.Name);
        reader.ReadSeries(reader.Find(SegmentSample.Key("bytes")), out SeriesEntry entry);
        PageDescriptor page = First(reader, in entry);
        byte[] payload = [], scratch = [];
        var references = new ulong[3];
        reader.ReadPayloads(in page, references, ref payload, ref scratch);
        string text = "";
        foreach (ulong bits in references)
        {
            PayloadRef at = PayloadRef.FromBits(bits);
            text += System.Text.Encoding.ASCII.GetString(payload, (int)at.Offset, (int)at.Length) + " ";
        }
        Assert.Equal("two one three ", text);
    }

    [Fact]
    public void PagesAreFoundByTime()
    {
        SegmentSample.Write(PosixDisk.Instance, _directory);
        using SegmentReader reader = SegmentReader.Open(PosixDisk.Instance, _directory, SegmentSample.Name);
        reader.ReadSeries(reader.Find(SegmentSample.Key("cpu")), out SeriesEntry entry);
        long last = SegmentSample.Times(0, 100)[^1];
        Assert.Equal(entry.FirstPage, reader.FirstPageFrom(in entry, long.MinValue).Number);
        Assert.Equal(entry.FirstPage, reader.FirstPageFrom(in entry, last).Number);
        Assert.Equal(entry.FirstPage + 1, reader.FirstPageFrom(in entry, last + 1).Number);
        Assert.Equal(entry.FirstPage + 2, reader.FirstPageFrom(in entry, 2000).Number);
        Assert.Equal(entry.FirstPage + 3, reader.FirstPageFrom(in entry, long.MaxValue).Number);
    }

    [Fact]
    public void EveryFlippedByteIsDetectedOrHarmless()
    {
        (byte[] idx, byte[] dat) = SegmentSample.Bytes();
        ulong digest;
        using (SegmentReader sound = SegmentSample.Open(idx, dat)) digest = SegmentSample.Digest(sound);
        int detected = 0, all = 0;
        for (int i = 0; i < idx.Length + dat.Length; i++)
        {
            byte[] file = i < idx.Length ? idx : dat;
            int at = i < idx.Length ? i : i - idx.Length;
            foreach (byte mask in (ReadOnlySpan<byte>)[0x01, 0x80, 0xFF])
            {
                file[at] ^= mask;
                try
                {
                    using SegmentReader reader = SegmentSample.Open(idx, dat);
                    Assert.Equal(digest, SegmentSample.Digest(reader));
                }
                catch (SegmentCorruptException) { detected++; }
                try
                {
                    using SegmentReader reader = SegmentSample.Open(idx, dat);
                    reader.CheckIndex();
                    Assert.Equal(digest, SegmentSample.Digest(reader));
                }
                catch (SegmentCorruptException) { all++; }
                file[at] ^= mask;
            }
        }
        // What nobody read was not checked: the row index, and headers of sections.
        Assert.InRange(detected, (idx.Length + dat.Length) * 2, (idx.Length + dat.Length) * 3);
        Assert.Equal((idx.Length + dat.Length) * 3, all); // as it happens, no byte is spare
    }

    [Fact]
    public void EveryCutIsDetected()
    {
        (byte[] idx, byte[] dat) = SegmentSample.Bytes();
        for (int length = 0; length < idx.Length; length++)
        {
            int cut = length;
            Assert.Throws<SegmentCorruptException>(() => SegmentSample.Open(idx.AsSpan(0, cut), dat));
        }
        for (int length = 0; length < dat.Length; length++)
        {
            int cut = length;
            Assert.Throws<SegmentCorruptException>(() => SegmentSample.Open(idx, dat.AsSpan(0, cut)));
        }
    }

    [Fact]
    public void ANewerVersionIsNotCorrupt()
    {
        (byte[] idx, byte[] dat) = SegmentSample.Bytes();
        idx[6]++; // version of the file header, its checksum made right again
        BitConverter.TryWriteBytes(idx.AsSpan(20), Slungd.Native.Bits.Crc32C.Of(idx.AsSpan(0, 20)));
        Assert.Throws<SegmentVersionException>(() => SegmentSample.Open(idx, dat));
    }

    [Fact]
    public void AMissingDatIsNamed()
    {
        SegmentSample.Write(PosixDisk.Instance, _directory);
        File.Delete(Path.Join(_directory, SegmentSample.Name.Dat));
        var corrupt = Assert.Throws<SegmentCorruptException>(
            () => SegmentReader.Open(PosixDisk.Instance, _directory, SegmentSample.Name));
        Assert.EndsWith(SegmentSample.Name.Dat, corrupt.File, StringComparison.Ordinal);
    }

    [Fact]
    public void AbandonLeavesNothing()
    {
        var writer = new SegmentWriter(PosixDisk.Instance, _directory, SegmentSample.Settings);
        writer.Begin(SegmentSample.Name, 1, 1, 0, 0);
        SegmentSample.Fill(writer);
        writer.Abandon();
        writer.Abandon();
        Assert.Empty(PosixDisk.Instance.ListFiles(_directory));
        SegmentSample.Write(PosixDisk.Instance, _directory);
    }

    [Fact]
    public void TheWriterIsReusable()
    {
        var writer = new SegmentWriter(PosixDisk.Instance, _directory, SegmentSample.Settings);
        for (ulong number = 1; number <= 3; number++)
        {
            writer.Begin(new SegmentName(0, number), number, number, 0, 0);
            SegmentSample.Fill(writer);
            writer.Finish();
        }
        ulong digest = 0;
        for (ulong number = 1; number <= 3; number++)
        {
            using var reader = SegmentReader.Open(PosixDisk.Instance, _directory, new SegmentName(0, number));
            digest = digest == 0 ? SegmentSample.Digest(reader) : digest;
            Assert.Equal(digest, SegmentSample.Digest(reader));
        }
    }

    [Fact]
    public void OpeningTrustsTheKeysUntilTheyAreRead()
    {
        (byte[] idx, byte[] dat) = SegmentSample.Bytes();
        int key = idx.AsSpan().IndexOf("cpu"u8);
        idx[key] ^= 0x20;
        using SegmentReader reader = SegmentSample.Open(idx, dat);
        reader.ReadSeries(1, out _);
        Assert.Throws<SegmentCorruptException>(() => reader.Find(SegmentSample.Key("bytes")));
        Assert.Throws<SegmentCorruptException>(reader.CheckIndex);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(33)]
    [InlineData(1000)]
    public void PagesOfALongSeriesAreFoundByTheirAnchors(int pages)
    {
        var writer = new SegmentWriter(PosixDisk.Instance, _directory,
            new SegmentSettings(Precision.Nanoseconds, 4, TimestampEncoding.Adaptive));
        writer.Begin(SegmentSample.Name, 1, 1, 0, 0);
        writer.BeginSeries("a"u8, ValueFamily.Float);
        writer.AddPage([-5], [0]);
        writer.BeginSeries("b"u8, ValueFamily.Float);
        for (int i = 0; i < pages; i++)
        {
            // Some regular, some not; some close to the one before.
            writer.AddPage([i * 100, i * 100 + 40, i * 100 + 80 + i % 3 * 7],
                [(ulong)i, BitConverter.DoubleToUInt64Bits(i * 0.1), BitConverter.DoubleToUInt64Bits(i)]);
        }
        writer.Finish();
        using SegmentReader reader = SegmentReader.Open(PosixDisk.Instance, _directory, SegmentSample.Name);
        reader.CheckIndex();
        reader.ReadSeries(1, out SeriesEntry entry);
        Assert.Equal(pages, entry.PageCount);
        var timestamps = new long[3];
        for (int i = 0; i < pages; i++)
        {
            long newest = i * 100 + 80 + i % 3 * 7;
            foreach (long start in (long[])[newest, i * 100 - 1, i * 100 + 3])
            {
                PagePosition at = reader.FirstPageFrom(in entry, start);
                Assert.True(reader.ReadPage(in entry, ref at, out PageDescriptor page));
                Assert.Equal((1 + i, 3L), (page.Number, page.Summary.Count));
                Assert.Equal((i * 100, newest), (page.Summary.FirstTimestamp, page.Summary.LastTimestamp));
                Assert.Equal((i * 0.1, (double)i), (Math.Max(page.Summary.Min, i * 0.1), page.Summary.Last));
                reader.ReadTimes(in page, timestamps);
                Assert.Equal([i * 100, i * 100 + 40, newest], timestamps);
            }
        }
        PagePosition end = reader.FirstPageFrom(in entry, pages * 100);
        Assert.False(reader.ReadPage(in entry, ref end, out _));
    }

    private static PageDescriptor First(SegmentReader reader, in SeriesEntry entry)
    {
        PagePosition at = SegmentReader.FirstPage(in entry);
        Assert.True(reader.ReadPage(in entry, ref at, out PageDescriptor page));
        return page;
    }

    [Fact]
    public void ManySeriesManyPages()
    {
        var writer = new SegmentWriter(PosixDisk.Instance, _directory,
            new SegmentSettings(Precision.Nanoseconds, 64, TimestampEncoding.Adaptive));
        writer.Begin(SegmentSample.Name, 1, 1, 0, 0);
        var random = new Random(5);
        var starts = new long[2000];
        for (int i = 0; i < starts.Length; i++)
        {
            writer.BeginSeries(SegmentSample.Key($"series{i:d6}"), ValueFamily.Float);
            starts[i] = random.Next();
            for (int page = 0; page < 1 + i % 5; page++)
            {
                writer.AddPage(SegmentSample.Times(starts[i] + page * 1000, 64),
                    SegmentSample.Values(64, SegmentSample.Float));
            }
        }
        writer.Finish();
        using var reader = SegmentReader.Open(PosixDisk.Instance, _directory, SegmentSample.Name);
        for (int i = 0; i < starts.Length; i++)
        {
            int position = reader.Find(SegmentSample.Key($"series{i:d6}"));
            Assert.Equal(i, position);
            reader.ReadSeries(position, out SeriesEntry entry);
            Assert.Equal((starts[i], 1 + i % 5), (entry.FirstTimestamp, entry.PageCount));
        }
        int hits = 0;
        for (int i = 0; i < 2000; i++) if (reader.Find(SegmentSample.Key($"other{i}")) >= 0) hits++;
        Assert.Equal(0, hits);
    }
}
