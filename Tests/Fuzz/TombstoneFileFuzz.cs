using System;
using System.Buffers.Binary;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Slungd.Engine.Store;
using Slungd.Native.Bits;
using Slungd.Tests.Engine.Fakes;
using Slungd.Tests.Sim;

namespace Slungd.Tests.Fuzz;

/// <summary>Any bytes as a tombstone file whose length and checksum are right: read, written, read again.</summary>
internal static class TombstoneFileFuzz
{
    public static readonly byte[][] Seeds = [Sample(0), Sample(1), Sample(7)];

    public static void Run(ReadOnlySpan<byte> input)
    {
        byte[] bytes = input.ToArray();
        if (bytes.Length >= 44)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), bytes.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - 4), Crc32C.Of(bytes.AsSpan(..^4)));
        }
        using SeriesRegistry registry = Registry();
        try
        {
            if (TombstoneFile.Read(bytes, registry, out TombstoneSet set, out ulong log) is not null) return;
            byte[] again = Write(set, log, registry);
            bool isRead = TombstoneFile.Read(again, registry, out TombstoneSet same, out ulong sameLog) is null;
            Require(isRead && sameLog == log && same.LastNumber == set.LastNumber, "what was written is read");
            Require(same.All.SequenceEqual(set.All), "the ranges are the same");
        }
        catch (StoreOpenException) { /* a newer version */ }
    }

    private static byte[] Sample(int ranges)
    {
        using SeriesRegistry registry = Registry();
        TombstoneSet set = TombstoneSet.Empty;
        SeriesId[] series = [new(0), new(1), SeriesId.None];
        for (int i = 0; i < ranges; i++) set = set.With(series, new TimeRange(i * 5, i * 7), (ulong)i + 1);
        return Write(set, 3, registry);
    }

    private static byte[] Write(TombstoneSet set, ulong logThrough, SeriesRegistry registry)
    {
        var disk = new SimDisk(1);
        TombstoneFile.Prepare(disk, "", set, logThrough, registry);
        TombstoneFile.Replace(disk, "");
        return disk.ReadAll("/" + TombstoneFile.Name);
    }

    private static SeriesRegistry Registry()
    {
        var registry = new SeriesRegistry(10, SeriesRegistry.MinBudgetBytes, new HashFunction(1));
        registry.Resolve(FakeEventSink.WireKey("a", "x=1"), ValueFamily.Float, out _);
        registry.Resolve(FakeEventSink.WireKey("b"), ValueFamily.Int, out _);
        return registry;
    }

    private static void Require(bool condition, string what)
    {
        if (!condition) throw new InvalidOperationException(what);
    }
}
