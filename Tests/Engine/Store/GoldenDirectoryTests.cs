using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Slungd.Engine.Backups;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Engine.Store;
using Slungd.Engine.Wal;
using Slungd.Native.Os;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.Engine.Store;

/// <summary>One data directory per released format version, as a daemon left it when it was killed: they open for ever.
/// Tests/Golden/data/v1 and so on, and beside each what is in it. `UPDATE_GOLDEN=1` writes that of the current version
/// anew, which is right only as long as that version has not been released.</summary>
public sealed class GoldenDirectoryTests : IDisposable
{
    private const string Golden = "Tests/Golden/data";
    private const int PagePoints = EveryKind.GapPoints;

    private readonly string _root = Directory.CreateTempSubdirectory("slungd-golden-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    public static TheoryData<int> Versions
    {
        get
        {
            if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") Update();
            var versions = new TheoryData<int>();
            for (int version = 1; version <= FormatFile.Version; version++) versions.Add(version);
            return versions;
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void ItOpensAndHasEveryPoint(int version)
    {
        string expected = Repository.Read($"{Golden}/v{version}.txt");
        using StoreFixture fixture = OpenCopy(version);
        Assert.Equal(expected, Read(fixture).Digest());
        StoreStatistics now = fixture.Store.Statistics();
        Assert.Equal((0L, 0), (now.Quarantined, now.LogHoles));
        fixture.Store.Flush();
        fixture.Store.Compact();
        Assert.Equal(expected, Read(fixture).Digest());
        fixture.Reopen();
        Assert.Equal(expected, Read(fixture).Digest());
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void ItVerifies(int version)
    {
        string directory = PathOf(version);
        Verification seen = new DirectoryVerifier(PosixDisk.Instance, directory, static f => Assert.Fail(f.What)).Run();
        Assert.True(seen.LogPoints > 0 && seen.Segments > 2);
    }

    /// <summary>What the current version can write is in its directory.</summary>
    [Fact]
    public void EveryEncodingFamilyAndLevelIsInIt()
    {
        var encodings = new HashSet<PageEncoding>();
        var families = new HashSet<ValueFamily>();
        var levels = new HashSet<int>();
        string folder = PathOf(FormatFile.Version) + "/segments";
        foreach (string file in PosixDisk.Instance.ListFiles(folder))
        {
            if (!SegmentName.TryParse(file, out SegmentName name, out bool isIndex) || !isIndex) continue;
            using SegmentReader reader = SegmentReader.Open(PosixDisk.Instance, folder, name);
            levels.Add(name.Level);
            for (int i = 0; i < reader.SeriesCount; i++)
            {
                reader.ReadSeries(i, out SeriesEntry entry);
                families.Add(entry.Family);
                PagePosition position = SegmentReader.FirstPage(in entry);
                while (reader.ReadPage(in entry, ref position, out PageDescriptor page))
                {
                    ReadOnlySpan<byte> bytes = reader.PageBytes(in page);
                    encodings.Add((PageEncoding)bytes[page.TimeLength]);
                    if (page.TimeLength > 0) encodings.Add((PageEncoding)bytes[0]);
                }
            }
        }
        encodings.Add(PageEncoding.TimestampsRegular); // those have no page: their descriptor says it all
        Assert.Equal([], Enum.GetValues<PageEncoding>().Except(encodings));
        Assert.Equal([ValueFamily.None], Enum.GetValues<ValueFamily>().Except(families));
        Assert.True(levels.Contains(0) && levels.Count > 1);
        Assert.True(File.Exists(PathOf(FormatFile.Version) + "/tombstones"));
    }

    private static StorePoints Read(StoreFixture fixture)
    {
        using SeriesView view = fixture.Store.OpenView();
        return StorePoints.Of(view);
    }

    private static string PathOf(int version) =>
        Path.Combine(Repository.Root, string.Create(CultureInfo.InvariantCulture, $"{Golden}/v{version}"));

    private StoreFixture OpenCopy(int version)
    {
        string copy = _root + "/data";
        CopyAll(PathOf(version), copy);
        return new StoreFixture(o => o with { DataDirectory = copy, LogSync = LogSync.EverySecond });
    }

    private static void CopyAll(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(file) == TimeSeriesStore.LockName) continue;
            string target = to + file[from.Length..];
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }

    private static void Update()
    {
        string target = PathOf(FormatFile.Version);
        if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
        var expected = new StorePoints();
        using var fixture = new StoreFixture(static o => o with
        {
            LogSync = LogSync.EverySecond, PagePoints = PagePoints, LogFileBytes = 4096,
        });
        for (int round = 0; round < 3; round++) Add(TimestampEncoding.Adaptive, round * 128, 128);
        fixture.Store.Compact();
        Add(TimestampEncoding.Gorilla, 400, 50);
        Add(TimestampEncoding.Delta, 450, 50);
        Reopen(TimestampEncoding.Adaptive);
        EveryKind.WriteOtherTimes(fixture.Store, expected);
        fixture.Store.Flush();
        EveryKind.Delete(fixture.Store, expected, 100, 120);
        EveryKind.Delete(fixture.Store, expected, 480, 485);
        EveryKind.Write(fixture.Store, 490, 15, isBrief: false, expected); // some once more, in the log alone
        fixture.Store.Step();
        CopyAll(fixture.Data, target);
        File.WriteAllText(target + ".txt", expected.Digest());

        void Add(TimestampEncoding timestamps, long first, int count)
        {
            Reopen(timestamps);
            EveryKind.Write(fixture.Store, first, count, isBrief: false, expected);
            fixture.Store.Flush();
        }

        void Reopen(TimestampEncoding timestamps)
        {
            fixture.Close();
            fixture.Clock.Advance(TimeSpan.FromSeconds(1));
            fixture.Options = fixture.Options with { Timestamps = timestamps };
            fixture.Open();
        }
    }
}
