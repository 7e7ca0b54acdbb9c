using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Notes;
using Slungd.Native.Os;
using Slungd.Tests.Sim;
using Xunit;

namespace Slungd.Tests.Engine.Notes;

public class NoteStoresTests
{
    private const string Data = "/data";
    private readonly SimDisk _disk = new(1);

    public NoteStoresTests()
    {
        _disk.CreateDirectory(Data);
        _disk.SyncDirectory("");
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Names and values in turn.</summary>
    private static byte[] Labels(params string[] texts) =>
        [.. texts.SelectMany(static text => (byte[])[(byte)text.Length, 0, .. Utf8(text)])];

    private static void Set(MetadataStore store, string family, MetricType type, string help, string unit = "") =>
        store.Set(Utf8(family), type, Utf8(help), Utf8(unit));

    private static List<string> Read(MetadataStore store, string? family = null, int limit = 100)
    {
        List<(string Family, MetricMetadata Metadata)> found = [];
        store.Read(found, family, limit);
        return [.. found.Select(static f => $"{f.Family} {f.Metadata.Type} {f.Metadata.Help} {f.Metadata.Unit}")
            .Order()];
    }

    private MetadataStore OpenMetadata(bool isSound = true, int maxFamilies = 100, long maxBytes = long.MaxValue)
    {
        MetadataStore store = new(maxFamilies, maxBytes);
        Assert.Equal(isSound, store.Open(_disk, Data));
        return store;
    }

    [Fact]
    public void MetadataAreBoundedByTheirBytes()
    {
        using MetadataStore store = OpenMetadata(maxBytes: 10_000);
        for (int i = 0; i < 20; i++) Set(store, "m" + i, MetricType.Gauge, new string('x', 1_000));
        Assert.Equal(8, Read(store).Count);
        Set(store, "m0", MetricType.Gauge, new string('y', 4_000)); // stays as it is
        Assert.StartsWith("m0 Gauge x", Assert.Single(Read(store, "m0")), StringComparison.Ordinal);
        Set(store, "m0", MetricType.Gauge, "short");
        Set(store, "m9", MetricType.Gauge, "short");
        Assert.Equal(9, Read(store).Count);
    }

    /// <summary>Twelve bytes of a request give a record with all labels of the series.</summary>
    [Fact]
    public void AFloodOfExemplarsWaitsForTheDiskInLittleMemory()
    {
        byte[] series = Labels("__name__", new string('x', 200));
        series = [.. Enumerable.Repeat(series, 70).SelectMany(static part => part)];
        using (ExemplarStore store = new(10, 1 << 20))
        {
            Assert.True(store.Open(_disk, Data));
            store.Add(series, 0, 0, []);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 1; i <= 1_000; i++) store.Add(series, i, i, []);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
            store.Sync();
            store.Add(series, 2_000, 1, []);
            store.Sync();
        }
        Assert.InRange(_disk.Open(Data + "/exemplars").Length, 10 * series.Length, 12 * series.Length);
        _disk.Restart(SimCrash.PowerCut);
        using ExemplarStore again = new(10, 1 << 20);
        Assert.True(again.Open(_disk, Data));
        Assert.Equal([.. Enumerable.Range(992, 9).Select(static i => (long)i), 2_000],
            again.Read(TimeRange.All).Select(static exemplar => exemplar.Timestamp));
    }

    [Fact]
    public void TheNewestMetadataSurvives()
    {
        using (MetadataStore store = OpenMetadata())
        {
            Set(store, "up", MetricType.Gauge, "old");
            Set(store, "up", MetricType.Gauge, "Whether it is up.", "ratio");
            Set(store, "http_total", MetricType.Counter, "Größe");
            store.Sync();
            Set(store, "lost", MetricType.Gauge, "not synced");
        }
        _disk.Restart(SimCrash.PowerCut);
        using MetadataStore again = OpenMetadata();
        Assert.Equal(["http_total Counter Größe ", "up Gauge Whether it is up. ratio"], Read(again));
        Assert.Equal(["up Gauge Whether it is up. ratio"], Read(again, "up"));
        Assert.Empty(Read(again, "none"));
        Assert.Single(Read(again, limit: 1));
    }

    [Fact]
    public void RepeatingMetadataWritesAndAllocatesNothing()
    {
        using MetadataStore store = OpenMetadata();
        byte[] family = Utf8("up"), help = Utf8("Whether it is up.");
        store.Set(family, MetricType.Gauge, help, default);
        store.Sync();
        long length = LengthOf("metadata");
        Assert.Equal(0, AllocatedBytes.LeastOf(() => store.Set(family, MetricType.Gauge, help, default)));
        store.Sync();
        Assert.Equal(length, LengthOf("metadata"));
    }

    [Fact]
    public void MetadataIsBounded()
    {
        using MetadataStore store = OpenMetadata(maxFamilies: 3);
        for (int i = 0; i < 10; i++) Set(store, "m" + i, MetricType.Gauge, "");
        Assert.Equal(3, Read(store).Count);
        Set(store, "m1", MetricType.Counter, new string('ä', 5_000));
        Assert.Equal("m1 Counter " + new string('ä', 2_048) + " ", Read(store, "m1").Single());
        Set(store, new string('n', 2_000), MetricType.Gauge, "");
        Assert.Equal(3, Read(store).Count);
    }

    [Fact]
    public void WhatIsOutOfDateIsLeftBehind()
    {
        using (MetadataStore store = OpenMetadata())
        {
            for (int i = 0; i < 2_000; i++)
            {
                Set(store, "up", MetricType.Gauge, "version " + i + new string('.', 500));
                store.Sync();
            }
            Assert.InRange(LengthOf("metadata"), 1, 70_000);
        }
        _disk.Restart(SimCrash.PowerCut);
        using MetadataStore again = OpenMetadata();
        Assert.StartsWith("up Gauge version 1999", Read(again).Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void AnyByteMayBeWrong()
    {
        using (MetadataStore store = OpenMetadata())
        {
            Set(store, "a", MetricType.Gauge, "first");
            Set(store, "b", MetricType.Counter, "second", "bytes");
            store.Sync();
        }
        byte[] sound = Bytes("metadata");
        for (int at = 0; at < sound.Length; at++)
        {
            byte[] broken = [.. sound];
            broken[at] ^= 0x10;
            Put("metadata", broken);
            using MetadataStore store = OpenMetadata(isSound: at >= 12);
            Assert.Empty(Read(store).Except(["a Gauge first ", "b Counter second bytes"]));
            _disk.Delete(Data + "/metadata.corrupt");
        }
    }

    [Fact]
    public void ATornTailIsCutOffAndWritingGoesOn()
    {
        using (MetadataStore store = OpenMetadata())
        {
            Set(store, "a", MetricType.Gauge, "first");
            Set(store, "b", MetricType.Gauge, "second");
            store.Sync();
        }
        Put("metadata", Bytes("metadata")[..^3]);
        using (MetadataStore store = OpenMetadata())
        {
            Assert.Equal(["a Gauge first "], Read(store));
            Set(store, "c", MetricType.Gauge, "third");
            store.Sync();
        }
        using MetadataStore again = OpenMetadata();
        Assert.Equal(["a Gauge first ", "c Gauge third "], Read(again));
    }

    [Fact]
    public void AFullDiskKeepsNobodyFromOpeningAndIsWrittenToLater()
    {
        _disk.Capacity = 0;
        using (MetadataStore store = OpenMetadata())
        {
            Assert.False(_disk.FileExists(Data + "/metadata")); // not before there is something to say
            Set(store, "a", MetricType.Gauge, "first");
            Assert.Throws<DiskException>(store.Sync);
            Assert.Throws<DiskException>(store.Sync);
            _disk.Capacity = 1 << 20;
            store.Sync();
            Set(store, "b", MetricType.Gauge, "second");
            store.Sync();
        }
        using MetadataStore again = OpenMetadata();
        Assert.Equal(["a Gauge first ", "b Gauge second "], Read(again));
    }

    [Fact]
    public void ExemplarsSurviveAndTheOldestGo()
    {
        byte[] series = Labels("__name__", "m"), other = Labels("__name__", "n");
        using (ExemplarStore store = new(3, 1 << 20))
        {
            store.Open(_disk, Data);
            for (int i = 1; i <= 4; i++) Assert.True(store.Add(series, i, i / 2.0, Labels("trace", "t" + i)));
            Assert.True(store.Add(series, 4, 2, Labels("trace", "t4"))); // the same again
            Assert.False(store.Add(series, 3, 9, Labels("trace", "late")));
            Assert.True(store.Add(other, 1, 1, Labels()));
            Assert.False(store.Add(other, 5, 1, Labels("long", new string('x', 200), "longer", new string('y', 255),
                "a", new string('z', 255), "b", new string('z', 255), "c", new string('z', 255))));
            Assert.Equal(3, store.Count);
            store.Sync();
        }
        _disk.Restart(SimCrash.PowerCut);
        using ExemplarStore again = new(3, 1 << 20);
        Assert.True(again.Open(_disk, Data));
        Assert.Equal(["3 1.5 trace=t3", "4 2 trace=t4"], Show(again.Read(new TimeRange(2, 9))));
        Assert.Equal(["3 1.5 trace=t3", "4 2 trace=t4", "1 1 "], Show(again.Read(TimeRange.All)));
        Assert.True(again.Add(series, 5, 1, Labels()));
        Assert.Equal(["4 2 trace=t4", "1 1 ", "5 1 "], Show(again.Read(TimeRange.All)));
    }

    [Fact]
    public void ExemplarsAreBoundedByBytes()
    {
        using ExemplarStore store = new(1_000_000, 10_000);
        for (int i = 0; i < 10_000; i++) store.Add(Labels("__name__", "m" + i), i, i, Labels("trace", "t"));
        Assert.InRange(store.Count, 100, 250);
        Assert.Equal(9_999, store.Read(TimeRange.All)[^1].Timestamp);
    }

    private static List<string> Show(List<Exemplar> exemplars) => [.. exemplars.Select(static exemplar =>
    {
        string labels = string.Join(',', Exemplar.Read(exemplar.Labels).Select(static l => $"{l.Name}={l.Value}"));
        return FormattableString.Invariant($"{exemplar.Timestamp} {exemplar.Value} {labels}");
    })];

    private long LengthOf(string name) => Bytes(name).Length;

    private byte[] Bytes(string name)
    {
        using IDiskFile file = _disk.OpenRead(Data + "/" + name);
        byte[] bytes = new byte[file.Length];
        file.ReadAt(0, bytes);
        return bytes;
    }

    private void Put(string name, byte[] bytes)
    {
        using IDiskFile file = _disk.Create(Data + "/" + name);
        file.WriteAt(0, bytes);
    }
}
