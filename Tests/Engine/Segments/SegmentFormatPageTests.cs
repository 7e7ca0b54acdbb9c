using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Slungd.Engine.Segments;
using Slungd.Native.Bits;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.Engine.Segments;

/// <summary>Reads the golden segment by the tables of docs/formats/segments.md alone, so that page, file and program
/// can't drift apart. `UPDATE_GOLDEN=1` writes the files anew.</summary>
public class SegmentFormatPageTests
{
    private const string Golden = "Tests/Golden/segments/";

    private readonly Dictionary<string, (int Offset, int Size)> _fields = Fields();
    private readonly byte[] _idx = Load(SegmentSample.Name.Idx);
    private readonly byte[] _dat = Load(SegmentSample.Name.Dat);

    [Fact]
    public void TheGoldenFileIsWhatItWas()
    {
        (byte[] idx, byte[] dat) = SegmentSample.Bytes();
        using SegmentReader golden = SegmentSample.Open(_idx, _dat);
        using SegmentReader now = SegmentSample.Open(idx, dat);
        Assert.Equal(SegmentSample.Digest(now), SegmentSample.Digest(golden));
    }

    [Fact]
    public void FileHeadersLieWhereThePageSays()
    {
        foreach ((byte[] file, char kind) in new[] { (_idx, 'I'), (_dat, 'D') })
        {
            Assert.Equal("SLZ01"u8, Bytes(file, 0, "File header/magic"));
            Assert.Equal((byte)kind, Number(file, 0, "File header/kind"));
            Assert.Equal(1UL, Number(file, 0, "File header/version"));
            Assert.Equal(SegmentSample.Name.Number, Number(file, 0, "File header/number"));
            int covered = _fields["File header/crc32c"].Offset;
            Assert.Equal(Crc32C.Of(file.AsSpan(0, covered)), Number(file, 0, "File header/crc32c"));
        }
    }

    [Fact]
    public void TheFooterLiesWhereThePageSays()
    {
        int body = FooterBody();
        Assert.Equal(SegmentSample.Name.Number, Number(_idx, body, "Footer/number"));
        Assert.Equal(0UL, Number(_idx, body, "Footer/level"));
        Assert.Equal(2UL, Number(_idx, body, "Footer/precision"));
        Assert.Equal(2UL, Number(_idx, body, "Footer/columns"));
        Assert.Equal((ulong)SegmentSample.PagePoints, Number(_idx, body, "Footer/page size"));
        Assert.Equal((ulong)SegmentSample.CreatedAt, Number(_idx, body, "Footer/created at"));
        Assert.Equal(334UL, Number(_idx, body, "Footer/rows"));
        Assert.Equal(5UL, Number(_idx, body, "Footer/series"));
        Assert.Equal(7UL, Number(_idx, body, "Footer/pages"));
        Assert.Equal(unchecked((ulong)-50L), Number(_idx, body, "Footer/min timestamp"));
        Assert.Equal((ulong)long.MaxValue, Number(_idx, body, "Footer/max timestamp"));
        Assert.Equal((ulong)_dat.Length, Number(_idx, body, "Footer/dat length"));
        Assert.Equal(7UL, Number(_idx, body, "Footer/first sequence"));
        Assert.Equal(7UL, Number(_idx, body, "Footer/last sequence"));
        Assert.Equal(0UL, Number(_idx, body, "Footer/marks"));
        Assert.Equal(0UL, Number(_idx, body, "Footer/sources"));
    }

    [Fact]
    public void SectionsLieWhereTheFooterSays()
    {
        int end = _fields["File header/crc32c"].Offset + 4;
        for (int i = 0; i < 5; i++)
        {
            (int offset, int length) = Place(i);
            Assert.Equal(end, offset);
            Assert.Equal((ulong)(i + 1), Number(_idx, offset, "Section/kind"));
            Assert.Equal(1UL, Number(_idx, offset, "Section/version"));
            int body = _fields["Section/body"].Offset;
            Assert.Equal((ulong)(length - body), Number(_idx, offset, "Section/length"));
            Assert.Equal(Crc32C.Of(_idx.AsSpan(offset + 4, length - 4)), Number(_idx, offset, "Section/crc32c"));
            end = offset + length;
        }
        Assert.Equal(FooterBody() - _fields["Section/body"].Offset, end);
    }

    [Fact]
    public void SeriesAndPagesLieWhereThePageSays()
    {
        int cpu = SectionBody(2) + 2 * SizeOf("Series");
        int key = SectionBody(1) + (int)Number(_idx, cpu, "Series/key offset");
        Assert.Equal("cpu"u8, _idx.AsSpan(key, (int)Number(_idx, cpu, "Series/key length")));
        Assert.Equal((3UL, 1UL), (Number(_idx, cpu, "Series/page count"), Number(_idx, cpu, "Series/family")));
        Assert.Equal(2UL, Number(_idx, cpu, "Series/first page"));
        Assert.Equal(13UL, BinaryPrimitives.ReadUInt64LittleEndian(_idx.AsSpan(SectionBody(3) + 2 * 8)));
        Assert.Equal(0UL, Number(_idx, cpu, "Series/first timestamp"));
        int runLength = (int)Number(_idx, cpu, "Series/run length");
        Span<byte> run = _idx.AsSpan(SectionBody(0) + (int)Number(_idx, cpu, "Series/run offset"), runLength);
        uint covered = Crc32C.Of(_idx.AsSpan(cpu, _fields["Series/crc32c"].Offset));
        Assert.Equal(Crc32C.Append(covered, run), Number(_idx, cpu, "Series/crc32c"));

        int at = 0, data = (int)Number(_idx, cpu, "Series/data offset");
        for (int page = 0; page < 3; page++)
        {
            long[] times = SegmentSample.Times(page * 1000, 100);
            Assert.Equal(100UL, Varint(run, ref at));
            Assert.Equal(page == 0 ? 0UL : 1000 - 990, Varint(run, ref at));
            Assert.Equal((ulong)(times[^1] - times[0]), Varint(run, ref at));
            int timeLength = (int)Varint(run, ref at), valueLength = (int)Varint(run, ref at);
            double[] values = Enumerable.Range(page * 100, 100)
                .Select(static i => BitConverter.UInt64BitsToDouble(SegmentSample.Float(i))).ToArray();
            double[] numbers = [.. values.Where(static v => !double.IsNaN(v))];
            Assert.Equal(double.IsNaN(values[^1]) ? 1 : 0x44, run[at]); // raw, or quarters as two digits and a raw sum
            Assert.Equal([numbers.Min(), numbers.Max(), double.NaN, values[0], values[^1]], Summary(run, ref at));
            Assert.Equal(Crc32C.Of(_dat.AsSpan(data, timeLength)), U32(run, at));
            Assert.Equal(Crc32C.Of(_dat.AsSpan(data + timeLength, valueLength)), U32(run, at + 4));
            at += 8;
            data += timeLength + valueLength;
        }
        Assert.Equal(runLength, at);
    }

    [Fact]
    public void DecimalSummariesAndRegularTimesAreAsThePageSays()
    {
        int unsigned = SectionBody(2) + 4 * SizeOf("Series"), at = 0;
        Span<byte> run = _idx.AsSpan(SectionBody(0) + (int)Number(_idx, unsigned, "Series/run offset"));
        Assert.Equal((1UL, 0UL, 0UL, 0UL), (Varint(run, ref at), Varint(run, ref at), Varint(run, ref at),
            Varint(run, ref at))); // one timestamp needs no page
        Varint(run, ref at);
        Assert.Equal(1, run[at]); // 2^64 - 1 is too large for a decimal

        int integer = SectionBody(2) + 3 * SizeOf("Series");
        run = _idx.AsSpan(SectionBody(0) + (int)Number(_idx, integer, "Series/run offset"));
        at = 0;
        for (int i = 0; i < 5; i++) Varint(run, ref at);
        Assert.Equal(2, run[at]); // no digits
        Assert.Equal([-10, 9, -10, -10, 9], Summary(run, ref at));
    }

    [Fact]
    public void TheKeysHashIsAsThePageSays()
    {
        (int keys, int length) = Place(1);
        int body = _fields["Section/body"].Offset;
        byte[] families = [.. Enumerable.Range(0, 5)
            .Select(i => (byte)Number(_idx, SectionBody(2) + i * SizeOf("Series"), "Series/family"))];
        byte[] both = [.. Sha1(_idx.AsSpan(keys + body, length - body)), .. Sha1(families)];
        Assert.Equal(Sha1(both)[..16], Bytes(_idx, FooterBody(), "Footer/keys hash").ToArray());

        static byte[] Sha1(ReadOnlySpan<byte> data) => System.Security.Cryptography.SHA1.HashData(data);
    }

    [Fact]
    public void TheBloomFilterIsAsThePageSays()
    {
        int body = SectionBody(4);
        ulong probes = Number(_idx, body, "Bloom/probes");
        ulong bits = Number(_idx, body, "Bloom/words") * 64;
        foreach (string key in (string[])["bool", "bytes", "cpu", "int", "uint"])
        {
            byte[] bytes = SegmentSample.Key(key);
            ulong hash = Crc32C.Of(bytes) + ((ulong)bytes.Length << 32);
            hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccd;
            hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53;
            hash ^= hash >> 33;
            for (uint i = 0; i < probes; i++)
            {
                uint at = (uint)hash + i * ((uint)(hash >> 32) | 1);
                ulong bit = at * bits >> 32;
                Assert.NotEqual(0, _idx[body + _fields["Bloom/bits"].Offset + (int)(bit / 8)] & 1 << (int)(bit % 8));
            }
        }
    }

    private int FooterBody()
    {
        int tail = _idx.Length - SizeOf("Tail");
        Assert.Equal("SLZ01"u8, Bytes(_idx, tail, "Tail/magic"));
        return (int)Number(_idx, tail, "Tail/footer offset") + _fields["Section/body"].Offset;
    }

    private (int Offset, int Length) Place(int index)
    {
        int place = FooterBody() + _fields["Footer/section places"].Offset + index * SizeOf("Place");
        return ((int)Number(_idx, place, "Place/section offset"), (int)Number(_idx, place, "Place/section length"));
    }

    private int SectionBody(int index) => Place(index).Offset + _fields["Section/body"].Offset;

    /// <summary>The end of a table's last field.</summary>
    private int SizeOf(string table) => _fields.Where(f => f.Key.StartsWith(table + "/", StringComparison.Ordinal))
        .Max(static f => f.Value.Offset + f.Value.Size);

    private ReadOnlySpan<byte> Bytes(byte[] file, int start, string field) =>
        file.AsSpan(start + _fields[field].Offset, _fields[field].Size);

    private ulong Number(byte[] file, int start, string field)
    {
        Span<byte> wide = stackalloc byte[8];
        wide.Clear();
        Bytes(file, start, field).CopyTo(wide);
        return BinaryPrimitives.ReadUInt64LittleEndian(wide);
    }

    /// <summary>Min, max, sum, first and last.</summary>
    private static double[] Summary(ReadOnlySpan<byte> run, ref int at)
    {
        int form = run[at++];
        if (form == 1)
        {
            at += 40;
            return [Double(run, at - 40), Double(run, at - 32), Double(run, at - 24), Double(run, at - 16),
                Double(run, at - 8)];
        }
        double power = Math.Pow(10, (form & 0x3f) - 2);
        long min = Signed(run, ref at);
        long max = min + (long)Varint(run, ref at), first = min + (long)Varint(run, ref at),
            last = min + (long)Varint(run, ref at);
        double sum = (form & 0x40) != 0 ? Double(run, at) : Signed(run, ref at) / power;
        if ((form & 0x40) != 0) at += 8;
        return [min / power, max / power, sum, first / power, last / power];
    }

    private static double Double(ReadOnlySpan<byte> from, int at) =>
        BinaryPrimitives.ReadDoubleLittleEndian(from[at..]);

    private static long Signed(ReadOnlySpan<byte> from, ref int at)
    {
        ulong zigzag = Varint(from, ref at);
        return (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
    }

    private static uint U32(ReadOnlySpan<byte> from, int at) => BinaryPrimitives.ReadUInt32LittleEndian(from[at..]);

    private static ulong Varint(ReadOnlySpan<byte> from, ref int at)
    {
        ulong value = 0;
        int shift = 0;
        do value |= (ulong)(from[at] & 0x7f) << shift;
        while (from[at++] >= 0x80 && (shift += 7) < 70);
        return value;
    }

    /// <summary>Every row of every table, by heading and field.</summary>
    private static Dictionary<string, (int, int)> Fields()
    {
        var fields = new Dictionary<string, (int, int)>();
        string heading = "";
        foreach (string line in Repository.Read("docs/formats/segments.md").Split('\n'))
        {
            if (line.StartsWith('#')) heading = line.TrimStart('#', ' ');
            if (!line.StartsWith('|')) continue;
            string[] cells = line.Split('|', StringSplitOptions.TrimEntries);
            if (cells.Length < 5 || !int.TryParse(cells[1], CultureInfo.InvariantCulture, out int offset)) continue;
            int size = cells[2].Length == 0 ? 0 : int.Parse(cells[2], CultureInfo.InvariantCulture);
            fields[heading + "/" + cells[3]] = (offset, size);
        }
        return fields;
    }

    private static byte[] Load(string name)
    {
        string path = Path.Combine(Repository.Root, Golden + name);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            (byte[] idx, byte[] dat) = SegmentSample.Bytes();
            File.WriteAllBytes(path, name.EndsWith(".idx", StringComparison.Ordinal) ? idx : dat);
        }
        return File.ReadAllBytes(path);
    }
}
