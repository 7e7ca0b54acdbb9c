using System;
using System.IO;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Native.Os;
using Slungd.Native.Simd;
using Xunit;

namespace Slungd.Tests.Engine.Segments;

public sealed class PageSearchTests : IDisposable
{
    private const int Points = 8000;

    private readonly string _directory = Directory.CreateTempSubdirectory("slungd-search-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>Regular; with gaps; with jitter; bunched at the end; anything that ascends.</summary>
    private static long[] Shape(int kind, Random random)
    {
        var timestamps = new long[Points];
        long now = -40_000;
        for (int i = 0; i < timestamps.Length; i++)
        {
            now += kind switch
            {
                0 => 10,
                1 => i % 2500 == 2499 ? 1_000_000 : 10,
                2 => 1 + random.Next(100),
                3 => i < 7000 ? 1_000_000_000 : 1,
                _ => 1L << random.Next(40),
            };
            timestamps[i] = now;
        }
        return timestamps;
    }

    [Theory]
    [InlineData(TimestampEncoding.Adaptive)]
    [InlineData(TimestampEncoding.Gorilla)]
    [InlineData(TimestampEncoding.Delta)]
    internal void NarrowRangesAreFoundWithoutTheRest(TimestampEncoding encoding)
    {
        var random = new Random(1);
        var writer = new SegmentWriter(PosixDisk.Instance, _directory,
            new SegmentSettings(Precision.Microseconds, Points, encoding));
        var columns = new long[5][];
        ulong[] values = SegmentSample.Values(Points, i => BitConverter.DoubleToUInt64Bits(i / 100.0));
        writer.Begin(SegmentSample.Name, 7, 7, 0, 0);
        for (int kind = 0; kind < columns.Length; kind++)
        {
            columns[kind] = Shape(kind, random);
            writer.BeginSeries([(byte)kind], ValueFamily.Float);
            writer.AddPage(columns[kind], values);
        }
        writer.Finish();
        using SegmentReader reader = SegmentReader.Open(PosixDisk.Instance, _directory, SegmentSample.Name);
        for (int kind = 0; kind < columns.Length; kind++)
        {
            reader.ReadSeries(kind, out SeriesEntry entry);
            PagePosition at = SegmentReader.FirstPage(in entry);
            Assert.True(reader.ReadPage(in entry, ref at, out PageDescriptor page));
            var range = new TimeRange(columns[kind][3000], columns[kind][3100]);
            bool isRegular = page.TimeLength == 0;
            Assert.Equal(isRegular, reader.TryReadTimes(in page, range, new long[Points], out _, out _));
            reader.ReadTimes(in page, new long[Points]); // from now on it is known to be sound
            for (int trial = 0; trial < 200; trial++) AssertRange(reader, in page, columns[kind], values, random);
        }
    }

    private static void AssertRange(SegmentReader reader, in PageDescriptor page, long[] column, ulong[] values,
        Random random)
    {
        // On points, beside them, and beyond the ends of the page.
        int low = random.Next(Points), high = Math.Min(Points - 1, low + random.Next(2) * random.Next(3000));
        long start = column[low] - random.Next(-1, 2), end = column[high] + random.Next(-1, 2);
        if (random.Next(8) == 0) start = long.MinValue;
        if (random.Next(8) == 0) end = long.MaxValue;
        if (start > end) return;
        int wantStart = Kernels.LowerBound(column, start);
        int wantEnd = end == long.MaxValue ? Points : Kernels.LowerBound(column, end + 1);
        if (wantStart == Points || wantEnd == 0) return; // a page without a timestamp in the range is not asked
        var times = new long[Points];
        Assert.True(reader.TryReadTimes(in page, new TimeRange(start, end), times, out int gotStart, out int gotEnd));
        Assert.Equal((wantStart, wantEnd), (gotStart, gotEnd));
        int count = wantEnd - wantStart;
        Assert.True(column.AsSpan(wantStart, count).SequenceEqual(times.AsSpan(wantStart, count)));
        if (count == 0) return;
        var got = new ulong[count];
        reader.ReadValues(in page, wantStart, got);
        Assert.True(values.AsSpan(wantStart, count).SequenceEqual(got));
    }
}
