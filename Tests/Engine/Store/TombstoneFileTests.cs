using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Slungd.Engine.Store;
using Slungd.Native.Bits;
using Slungd.Tests.Engine.Fakes;
using Slungd.Tests.Sim;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.Engine.Store;

/// <summary>Reads the golden file by docs/formats/tombstones.md alone, so that page, file and program can't drift
/// apart. `UPDATE_GOLDEN=1` writes the file anew.</summary>
public class TombstoneFileTests
{
    private const string Golden = "Tests/Golden/tombstones/tombstones";
    private const string Page = "docs/formats/tombstones.md";

    private readonly byte[] _file = Load();

    [Fact]
    public void TheGoldenFileIsReadAsItWasWritten()
    {
        using SeriesRegistry registry = Registry("cpu", "mem");
        Assert.Null(TombstoneFile.Read(_file, registry, out TombstoneSet set, out ulong logThrough));
        Assert.Equal(Sample(registry).All.ToArray(), set.All.ToArray());
        Assert.Equal((9UL, 5UL), (set.LastNumber, logThrough));
        using SeriesRegistry other = Registry("mem"); // the other series is not on disk any more
        Assert.Null(TombstoneFile.Read(_file, other, out set, out _));
        Assert.Equal(2, set.Count);
    }

    [Fact]
    public void TheFileIsAsThePageSays()
    {
        Dictionary<string, (int Offset, int Size)> header = Fields("Header"), range = Fields("Range");
        ulong Field(string name) => Number(_file.AsSpan(header[name].Offset, header[name].Size));
        Assert.Equal("SLT01"u8, _file.AsSpan(header["magic"].Offset, header["magic"].Size));
        Assert.Equal(1UL, Field("version"));
        Assert.Equal((ulong)_file.Length, Field("length"));
        Assert.Equal(9UL, Field("last number"));
        Assert.Equal(5UL, Field("log through"));
        Assert.Equal(1UL, Field("ranges"));
        Assert.Equal(2UL, Field("series"));
        int at = header["series"].Offset + header["series"].Size;
        int rangeSize = range["number"].Offset + range["number"].Size;
        AssertRange(at, long.MinValue, -1, 4);
        at += rangeSize;
        AssertKey(ref at, [3, .. "cpu"u8, 1, 6, .. "host=a"u8], ranges: 2);
        AssertRange(at, 10, 19, 2);
        AssertRange(at + rangeSize, 20, 30, 3);
        at += 2 * rangeSize;
        AssertKey(ref at, [3, .. "mem"u8, 1, 6, .. "host=a"u8], ranges: 1);
        AssertRange(at, 20, 30, 3);
        at += rangeSize;
        Assert.Equal(_file.Length - 4, at);
        Assert.Equal(Crc32C.Of(_file.AsSpan(0, at)), (uint)Number(_file.AsSpan(at)));

        void AssertRange(int place, long start, long end, ulong number)
        {
            foreach ((string field, ulong value) in new[]
                { ("start", (ulong)start), ("end", (ulong)end), ("number", number) })
            {
                Assert.Equal(value, Number(_file.AsSpan(place + range[field].Offset, range[field].Size)));
            }
        }

        void AssertKey(ref int place, byte[] key, int ranges)
        {
            Assert.Equal(key.Length, _file[place++]);
            Assert.Equal(key, _file[place..(place + key.Length)]);
            place += key.Length;
            Assert.Equal(ranges, _file[place++]);
        }
    }

    [Fact]
    public void EveryFlippedBitIsFound()
    {
        using SeriesRegistry registry = Registry("cpu", "mem");
        for (int bit = 0; bit < _file.Length * 8; bit++)
        {
            byte[] damaged = [.. _file];
            damaged[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.NotNull(TombstoneFile.Read(damaged, registry, out TombstoneSet set, out _));
            Assert.Equal(0, set.Count);
        }
        for (int length = 0; length < _file.Length; length++)
            Assert.NotNull(TombstoneFile.Read(_file.AsSpan(0, length), registry, out _, out _));
    }

    [Fact]
    public void ANewerFileIsLeftAlone()
    {
        byte[] newer = [.. _file];
        newer[6]++;
        uint checksum = Crc32C.Of(newer.AsSpan(..^4));
        BinaryPrimitives.WriteUInt32LittleEndian(newer.AsSpan(newer.Length - 4), checksum);
        using SeriesRegistry registry = Registry("cpu");
        Assert.Throws<StoreOpenException>(() => TombstoneFile.Read(newer, registry, out _, out _));
    }

    private static TombstoneSet Sample(SeriesRegistry registry)
    {
        SeriesId cpu = Find(registry, "cpu"), mem = Find(registry, "mem");
        return TombstoneSet.Empty.With([cpu], new TimeRange(10, 25), 2).With([cpu, mem], new TimeRange(20, 30), 3)
            .With([SeriesId.None], new TimeRange(long.MinValue, -1), 4).Numbered(9);
    }

    private static byte[] Load()
    {
        string path = Path.Combine(Repository.Root, Golden);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            var disk = new SimDisk(1);
            disk.CreateDirectory("/data");
            using SeriesRegistry registry = Registry("cpu", "mem");
            TombstoneFile.Prepare(disk, "/data", Sample(registry), 5, registry);
            TombstoneFile.Replace(disk, "/data");
            File.WriteAllBytes(path, disk.ReadAll("/data/tombstones"));
        }
        return File.ReadAllBytes(path);
    }

    private static SeriesRegistry Registry(params string[] names)
    {
        var registry = new SeriesRegistry(100, SeriesRegistry.MinBudgetBytes, new HashFunction(1));
        foreach (string name in names) Find(registry, name);
        return registry;
    }

    private static SeriesId Find(SeriesRegistry registry, string name)
    {
        registry.Resolve(FakeEventSink.WireKey(name, "host=a"), ValueFamily.Float, out SeriesId id);
        return id;
    }

    private static ulong Number(ReadOnlySpan<byte> bytes)
    {
        ulong number = 0;
        for (int i = bytes.Length - 1; i >= 0; i--) number = number << 8 | bytes[i];
        return number;
    }

    /// <summary>The rows `| offset | size | name |` under a heading.</summary>
    private static Dictionary<string, (int Offset, int Size)> Fields(string heading)
    {
        var fields = new Dictionary<string, (int, int)>();
        bool isThere = false;
        foreach (string line in File.ReadLines(Path.Combine(Repository.Root, Page)))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal)) isThere = line == "## " + heading;
            string[] cells = line.Split('|', StringSplitOptions.TrimEntries);
            if (!isThere || cells.Length < 4 || !int.TryParse(cells[1], NumberStyles.None,
                CultureInfo.InvariantCulture, out int offset))
            {
                continue;
            }
            fields[cells[3]] = (offset, int.Parse(cells[2], CultureInfo.InvariantCulture));
        }
        Assert.NotEmpty(fields);
        return fields;
    }
}
