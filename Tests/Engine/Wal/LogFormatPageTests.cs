using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Slungd.Engine.Codecs;
using Slungd.Engine.Wal;
using Slungd.Native.Bits;
using Slungd.Native.Os;
using Slungd.Tests.Sim;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.Engine.Wal;

/// <summary>Reads the golden log by docs/formats/wal.md alone, so that page, file and program can't drift apart.
/// `UPDATE_GOLDEN=1` writes the file anew.</summary>
public class LogFormatPageTests
{
    private const string Golden = "Tests/Golden/wal/0000000000000002.wal";

    private readonly Dictionary<string, (int Offset, int Size)> _header = Fields("Header");
    private readonly byte[] _file = Load();

    [Fact]
    public void TheGoldenLogIsReadAsItWasWritten()
    {
        var disk = new SimDisk(1);
        disk.CreateDirectory("/data/wal");
        using (IDiskFile file = disk.Create("/data/wal/0000000000000002.wal")) file.WriteAt(0, _file);
        var contents = new LogContents();
        ReplayResult result = new LogReplay(disk, new LogFolder(disk, "/data"), contents,
            Slungd.Engine.Model.Precision.Microseconds, flushedThrough: 1).Run();
        Assert.Equal(_file.Length, result.LastEnd);
        Assert.Empty(result.Holes);
        using LogRig sample = Sample();
        sample.Restart(SimCrash.Kill);
        Assert.Equal(sample.Recovered.ToString(), contents.ToString());
    }

    [Fact]
    public void TheHeaderIsAsThePageSays()
    {
        Assert.Equal("SLW01"u8, Field("magic"));
        Assert.Equal(1UL, Number("version"));
        Assert.Equal(2UL, Number("number"));
        Assert.Equal(2UL, Number("generation"));
        Assert.Equal(1UL, Number("previous number"));
        Assert.Equal(1UL, Number("previous generation"));
        Assert.InRange(Number("previous end"), 65UL, 200UL);
        Assert.Equal(2UL, Number("precision"));
        Assert.Equal(0UL, Number("previous flags"));
        Assert.Equal(Crc32C.Of(_file.AsSpan(0, _header["crc32c"].Offset)), Number("crc32c"));
    }

    [Fact]
    public void FramesAreAsThePageSays()
    {
        int at = _header["crc32c"].Offset + 4;
        var flags = new List<int>();
        Span<byte> seeded = stackalloc byte[20];
        while (at < _file.Length)
        {
            int start = at;
            int length = (int)Varint(ref at);
            BinaryPrimitives.WriteUInt64LittleEndian(seeded, 2);
            BinaryPrimitives.WriteUInt64LittleEndian(seeded[8..], (ulong)start);
            BinaryPrimitives.WriteUInt32LittleEndian(seeded[16..], (uint)length);
            uint seed = Crc32C.Of(seeded);
            Assert.Equal((ushort)(seed ^ seed >> 16), BinaryPrimitives.ReadUInt16LittleEndian(_file.AsSpan(at)));
            ReadOnlySpan<byte> body = _file.AsSpan(at + 6, length);
            Assert.Equal(Crc32C.Append(seed, body), BinaryPrimitives.ReadUInt32LittleEndian(_file.AsSpan(at + 2)));
            flags.Add(body[0]);
            at += 6 + length;
        }
        Assert.Equal([2, 1 | 2, 1], flags); // the header in front of the first one is not synced yet
    }

    /// <summary>The first body: one series, one block of 100 points.</summary>
    [Fact]
    public void DefinitionsAndBlocksAreAsThePageSays()
    {
        int at = _header["crc32c"].Offset + 4;
        Varint(ref at);
        at += 6 + 1;
        Assert.Equal((1UL, 0UL), (Varint(ref at), Varint(ref at)));
        Assert.Equal(1, _file[at++]);
        Assert.Equal(0UL, Varint(ref at));
        int key = (int)Varint(ref at);
        Assert.Equal([8, .. "series-0"u8, 1, 6, .. "host=0"u8], _file[at..(at + key)]);
        at += key;
        Assert.Equal(1, _file[at++]);
        Assert.Equal((100UL, 1UL, 0UL), (Varint(ref at), Varint(ref at), Varint(ref at)));
        int times = (int)Varint(ref at);
        var timestamps = new long[100];
        Assert.True(TimestampCodec.TryDecode(_file.AsSpan(at, times), timestamps));
        Assert.Equal((1_000_000, 1_000_000 + 99 * 250), (timestamps[0], timestamps[99]));
        at += times;
        int page = (int)Varint(ref at);
        var values = new ulong[100];
        Assert.True(ValueCodec.TryDecode(_file.AsSpan(at, page), values));
        Assert.Equal(0.25 * 7, BitConverter.UInt64BitsToDouble(values[7]));
    }

    private static LogRig Sample()
    {
        var rig = new LogRig(LogSync.Always);
        rig.Put(0, 1, 1);
        rig.Commit();
        rig.Seal();
        var values = new ulong[100];
        for (int i = 0; i < values.Length; i++) values[i] = BitConverter.DoubleToUInt64Bits(i * 0.25);
        rig.PutRegular(0, 1_000_000, 250, values);
        rig.Commit();
        rig.PutRows((4, 5, "first"), (4, 6, "second"), (5, 7, "000000000000002a"), (1, 8, LogContents.TextOf(0)),
            (0, 9, "7ff8000000000001"));
        rig.Commit();
        rig.PutRows((4, 5, "third"), (1, 8, LogContents.TextOf(1)), (1, 10, LogContents.TextOf(2)));
        rig.Commit();
        rig.Flush();
        return rig;
    }

    private ReadOnlySpan<byte> Field(string name) => _file.AsSpan(_header[name].Offset, _header[name].Size);

    private ulong Number(string name)
    {
        ulong number = 0;
        ReadOnlySpan<byte> field = Field(name);
        for (int i = field.Length - 1; i >= 0; i--) number = number << 8 | field[i];
        return number;
    }

    private ulong Varint(ref int at)
    {
        ulong number = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = _file[at++];
            number |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80) return number;
        }
    }

    /// <summary>The rows of the table below a heading.</summary>
    private static Dictionary<string, (int, int)> Fields(string heading)
    {
        var fields = new Dictionary<string, (int, int)>();
        bool isHere = false;
        foreach (string line in Repository.Read("docs/formats/wal.md").Split('\n'))
        {
            if (line.StartsWith('#')) isHere = line.TrimStart('#', ' ') == heading;
            string[] cells = line.Split('|', StringSplitOptions.TrimEntries);
            if (!isHere || cells.Length < 5) continue;
            if (!int.TryParse(cells[1], CultureInfo.InvariantCulture, out int offset)) continue;
            fields[cells[3]] = (offset, int.Parse(cells[2], CultureInfo.InvariantCulture));
        }
        return fields;
    }

    private static byte[] Load()
    {
        string path = Path.Combine(Repository.Root, Golden);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            using LogRig rig = Sample();
            rig.Restart(SimCrash.Kill);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, rig.Disk.ReadAll(rig.Folder.PathOf(2))[..(int)rig.Replayed.LastEnd]);
        }
        return File.ReadAllBytes(path);
    }
}
