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
        for (int i = 0; i < 3; i++)
        {
            reader.ReadPage(entry.FirstPage + i, out PageDescriptor page);
            var timestamps = new long[page.Summary.Count];
            var values = new ulong[page.Summary.Count];
            reader.ReadTimes(entry.FirstPage + i, in page, timestamps);
            reader.ReadValues(entry.FirstPage + i, in page, values);
            Assert.Equal(SegmentSample.Times(i * 1000, 100), timestamps);
            Assert.Equal(SegmentSample.Values(100, p => SegmentSample.Float(i * 100 + p)), values);
        }
    }

    [Fact]
    public void SummariesFollowTheRulesOfTheModel()
    {
        SegmentSample.Write(PosixDisk.Instance, _directory);
        using SegmentReader reader = SegmentReader.Open(PosixDisk.Instance, _directory, SegmentSample.Name);
        reader.ReadSeries(reader.Find(SegmentSample.Key("int")), out SeriesEntry entry);
        reader.ReadPage(entry.FirstPage, out PageDescriptor page);
        BlockSummary summary = page.Summary;
        Assert.Equal((20L, -50L, -50L + 190 + 1), (summary.Count, summary.FirstTimestamp, summary.LastTimestamp));
        Assert.Equal((-10.0, 9.0, -10.0, -10.0, 9.0),
            (summary.Min, summary.Max, summary.Sum + summary.SumLow, summary.First, summary.Last));
        reader.ReadSeries(reader.Find(SegmentSample.Key("cpu")), out entry);
        reader.ReadPage(entry.FirstPage, out page);
        Assert.Equal((0.0, 99 * 0.25), (page.Summary.Min, page.Summary.Max)); // NaN never wins
        Assert.True(double.IsNaN(page.Summary.Sum)); // but poisons the sum
    }

    [Fact]
    public void PayloadsComeBack()
    {
        SegmentSample.Write(PosixDisk.Instance, _directory);
        using SegmentReader reader = SegmentReader.Open(PosixDisk.Instance, _directory, SegmentSample.Name);
        reader.ReadSeries(reader.Find(SegmentSample.Key("bytes")), out SeriesEntry entry);
        reader.ReadPage(entry.FirstPage, out PageDescriptor page);
        byte[] payload = [], scratch = [];
        var references = new ulong[3];
        reader.ReadPayloads(entry.FirstPage, in page, references, ref payload, ref scratch);
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
        Assert.Equal(entry.FirstPage, reader.FirstPageFrom(in entry, long.MinValue));
        Assert.Equal(entry.FirstPage, reader.FirstPageFrom(in entry, last));
        Assert.Equal(entry.FirstPage + 1, reader.FirstPageFrom(in entry, last + 1));
        Assert.Equal(entry.FirstPage + 2, reader.FirstPageFrom(in entry, 2000));
        Assert.Equal(entry.FirstPage + 3, reader.FirstPageFrom(in entry, long.MaxValue));
    }

    [Fact]
    public void EveryFlippedByteIsDetectedOrHarmless()
    {
        (byte[] idx, byte[] dat) = SegmentSample.Bytes();
        ulong digest;
        using (SegmentReader sound = SegmentSample.Open(idx, dat)) digest = SegmentSample.Digest(sound);
        int detected = 0;
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
                file[at] ^= mask;
            }
        }
        Assert.Equal((idx.Length + dat.Length) * 3, detected); // as it happens, no byte is spare
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
