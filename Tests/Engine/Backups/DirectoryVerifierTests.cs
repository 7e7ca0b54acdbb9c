using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Slungd.Engine.Backups;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Engine.Wal;
using Slungd.Native.Os;
using Slungd.Tests.Engine.Segments;
using Slungd.Tests.Engine.Store;
using Xunit;

namespace Slungd.Tests.Engine.Backups;

public class DirectoryVerifierTests
{
    [Fact]
    public void ASoundDirectoryIsCountedAndLeftAsItIs()
    {
        using StoreFixture fixture = WithEverything();
        Dictionary<string, byte[]> before = Bytes(fixture.Data);
        Verification seen = Verify(fixture.Data, out List<Finding> findings);
        Assert.Empty(findings);
        Assert.Equal((0, 3, 3, 300L, 50L, 1),
            (seen.Problems, seen.Segments, seen.SegmentsTotal, seen.Points, seen.LogPoints, seen.LogFiles));
        Assert.Equal(Precision.Microseconds, seen.Precision);
        Assert.Equal(before, Bytes(fixture.Data));
    }

    [Fact]
    public void EveryDamagedPlaceIsNamed()
    {
        using StoreFixture fixture = WithEverything();
        string[] dats = Files(fixture, "*.dat"), indexes = Files(fixture, "*.idx");
        Flip(dats[0], 30); // in the first page
        Flip(dats[0], new FileInfo(dats[0]).Length - 3); // in the last
        Flip(indexes[1], 300);
        File.Delete(dats[2]);
        string log = Directory.GetFiles(fixture.Data + "/wal", "*.wal").Single();
        Flip(log, 75);
        File.WriteAllText(fixture.Segments + "/notes.txt", "mine");
        File.WriteAllText(fixture.Segments + "/_0_00000000000000ff.dat.tmp", "half");
        Verification seen = Verify(fixture.Data, out List<Finding> findings);
        Assert.Equal(seen.Problems, findings.Count(static f => f.IsProblem));
        Assert.Equal(2, findings.Count(f => f.Path == dats[0] && f.IsProblem));
        Assert.Equal(24, findings.First(f => f.Path == dats[0]).Offset); // pages begin behind the header
        Assert.Contains(findings, f => f.Path == indexes[1] && f.IsProblem && f.Offset > 0);
        Assert.Contains(findings, f => f.Path == dats[2] && f.What.Contains("missing", StringComparison.Ordinal));
        Assert.Contains(findings, f => f.Path == log && f.IsProblem && f.Offset == 64); // its first frame
        Assert.Equal(2, findings.Count(f => !f.IsProblem && Path.GetDirectoryName(f.Path) == fixture.Segments));
        Assert.Equal(3, seen.Segments);
    }

    [Fact]
    public void AnIndexThatIsGoneIsDamageUnlessItWasGoingAnyway()
    {
        using StoreFixture fixture = WithEverything();
        fixture.Close();
        string[] dats = Files(fixture, "*.dat"), indexes = Files(fixture, "*.idx");
        File.Delete(indexes[0]);
        File.Move(indexes[1], indexes[1] + ".tmp");
        Verification seen = Verify(fixture.Data, out List<Finding> findings);
        Assert.Equal(1, seen.Problems);
        Assert.Equal(dats[0], Assert.Single(findings, static f => f.IsProblem).Path);
        Assert.Contains(findings, f => f.Path == dats[1] && !f.IsProblem);
    }

    [Fact]
    public void TombstonesAreChecked()
    {
        using StoreFixture fixture = WithEverything();
        fixture.Store.Delete(SeriesSelector.All, TimeRange.All);
        fixture.Close();
        string path = fixture.Data + "/tombstones";
        Assert.Equal(0, Verify(fixture.Data, out _).Problems);
        Flip(path, 33);
        Assert.Equal(1, Verify(fixture.Data, out List<Finding> findings).Problems);
        Assert.Equal(path, findings[0].Path);
        File.Move(path, path + ".tmp");
        Assert.Equal(0, Verify(fixture.Data, out findings).Problems);
        Assert.Equal(path + ".tmp", Assert.Single(findings).Path);
    }

    [Fact]
    public void WithoutFormatItIsNoDataDirectory()
    {
        using StoreFixture fixture = WithEverything();
        File.Delete(fixture.Data + "/FORMAT");
        Assert.Equal(1, Verify(fixture.Data, out List<Finding> findings).Problems);
        Assert.EndsWith("/FORMAT", findings[0].Path, StringComparison.Ordinal);
        File.WriteAllText(fixture.Data + "/FORMAT", "slungd 1\nprecision us\ncrc32c 00000000\n");
        Assert.Equal(1, Verify(fixture.Data, out findings).Problems);
        Assert.Contains("checksum", findings[0].What, StringComparison.Ordinal);
        Assert.Equal(1, Verify(fixture.Data + "/absent", out _).Problems);
    }

    [Fact]
    public void ASummaryThatLiesIsFound()
    {
        string directory = Directory.CreateTempSubdirectory("slungd-verify-").FullName;
        try
        {
            SegmentSample.Write(PosixDisk.Instance, directory);
            string path = directory + "/" + SegmentSample.Name.Idx;
            byte[] bytes = File.ReadAllBytes(path);
            SegmentFooter footer;
            SeriesEntry cpu;
            using (SegmentReader sound = SegmentReader.Open(PosixDisk.Instance, directory, SegmentSample.Name))
            {
                footer = sound.Footer;
                sound.ReadSeries(2, out cpu);
            }
            int page = (int)footer.Pages.Offset + SegmentFormat.SectionHeaderSize + cpu.RunOffset;
            int series = (int)footer.Series.Offset + SegmentFormat.SectionHeaderSize +
                2 * SegmentFormat.SeriesEntrySize;
            int form = bytes.AsSpan(page).IndexOf((byte)0x44); // the summary of cpu's first page, with two digits
            Assert.InRange(form, 5, 9);
            bytes[page + form + 2] ^= 4; // its maximum
            // Its checksums are right.
            SeriesEntry.Seal(bytes.AsSpan(series), bytes.AsSpan(page, cpu.RunLength));
            foreach ((SectionPlace place, SectionKind kind) in (ReadOnlySpan<(SectionPlace, SectionKind)>)
                [(footer.Pages, SectionKind.Pages), (footer.Series, SectionKind.Series)])
            {
                SegmentFormat.WriteSectionHeader(bytes.AsSpan((int)place.Offset, (int)place.Length), kind);
            }
            File.WriteAllBytes(path, bytes);
            using SegmentReader reader = SegmentReader.Open(PosixDisk.Instance, directory, SegmentSample.Name);
            var found = new List<SegmentCorruptException>();
            new SegmentVerifier(found.Add, static () => { }).Verify(reader);
            Assert.Contains(found, e => e.What.Contains("summary", StringComparison.Ordinal) &&
                e.Offset == page);
            Assert.Single(found, static e => e.What.Contains("summary", StringComparison.Ordinal));
        }
        finally { Directory.Delete(directory, recursive: true); }
    }

    [Fact]
    public void SummariesOfWildValuesAgree()
    {
        using var fixture = new StoreFixture();
        SeriesId series = fixture.Series("a");
        double[] wild =
        [
            0, -0.0, double.NaN, double.Epsilon, -double.Epsilon, 1e300, -1e300, double.MaxValue, double.MinValue,
            0.1, double.PositiveInfinity, 3, double.NegativeInfinity,
        ];
        var random = new Random(4);
        for (int i = 0; i < 2_000; i++)
        {
            // Pages of 32: some of only harmless ones, some with everything.
            double value = i / 32 % 2 == 0 ? random.NextDouble() - 0.5 : wild[random.Next(i % 3 == 0 ? 11 : 13)];
            fixture.Put(series, i, value);
        }
        fixture.Store.Flush();
        fixture.Close();
        Assert.Equal((0, 2_000), (Verify(fixture.Data, out _).Problems, Verify(fixture.Data, out _).Points));
    }

    /// <summary>Three segments and a log.</summary>
    private static StoreFixture WithEverything()
    {
        var fixture = new StoreFixture(static o => o with { LogSync = LogSync.Always });
        for (int i = 0; i < 3; i++)
        {
            for (int p = 0; p < 100; p++) fixture.Put(fixture.Series("s" + p % 2), i * 100 + p, p * 0.5);
            fixture.Store.Flush();
        }
        for (int p = 0; p < 50; p++)
        {
            fixture.Put(fixture.Series("s0"), 1000 + p, p);
            if (p % 25 == 24) fixture.Store.Step(); // a frame, and a sync
        }
        string copy = fixture.Root + "/copy"; // as after kill -9
        CopyAll(fixture.Data, copy);
        fixture.Close();
        Directory.Delete(fixture.Data, recursive: true);
        Directory.Move(copy, fixture.Data);
        return fixture;
    }

    private static void CopyAll(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(file) == "LOCK") continue; // held
            string target = to + file[from.Length..];
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static Verification Verify(string directory, out List<Finding> findings)
    {
        var list = findings = [];
        return new DirectoryVerifier(PosixDisk.Instance, directory, list.Add).Run();
    }

    private static Dictionary<string, byte[]> Bytes(string directory) =>
        Directory.GetFiles(directory, "*", SearchOption.AllDirectories).ToDictionary(static f => f, File.ReadAllBytes);

    private static string[] Files(StoreFixture fixture, string pattern) =>
        Directory.GetFiles(fixture.Segments, pattern).Order(StringComparer.Ordinal).ToArray();

    private static void Flip(string path, long at)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[at] ^= 0x10;
        File.WriteAllBytes(path, bytes);
    }
}
