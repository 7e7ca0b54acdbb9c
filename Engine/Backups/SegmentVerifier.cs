using System;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Engine.Series;
using Slungd.Native.Simd;

namespace Slungd.Engine.Backups;

/// <summary>Reads all of a segment and doubts everything that opening it took on trust: each page's checksums, that it
/// decodes, and that its descriptor says what is in it; that keys are canonical and in the Bloom filter. Goes on behind
/// a damaged page. Holds one page.</summary>
/// <param name="report">Receives each damage.</param>
/// <param name="onPage">Called after each page.</param>
internal sealed class SegmentVerifier(Action<SegmentCorruptException> report, Action onPage)
{
    /// <summary>Of the sum of magnitudes. Sums may differ in their last bits between kernels (1e-15 each); a sum of
    /// other values differs by far more.</summary>
    private const double SumTolerance = 1e-12;

    private long[] _timestamps = [];
    private ulong[] _values = [];
    private double[] _doubles = [];
    private byte[] _payload = [], _scratch = [];

    public void Verify(SegmentReader reader)
    {
        reader.CheckIndex();
        for (int i = 0; i < reader.SeriesCount; i++)
        {
            reader.ReadSeries(i, out SeriesEntry entry);
            ReadOnlySpan<byte> key = reader.KeyOf(in entry);
            long keyOffset = reader.Footer.Keys.Offset + SegmentFormat.SectionHeaderSize + entry.KeyOffset;
            if (!CanonicalKey.TryDecode(key, out _))
                report(new SegmentCorruptException(reader.IdxPath, $"series {i}: its key is not canonical", keyOffset));
            if (reader.Find(key) != i)
            {
                report(new SegmentCorruptException(reader.IdxPath, $"series {i} is not found by its key",
                    reader.Footer.Bloom.Offset));
            }
            PagePosition position = SegmentReader.FirstPage(in entry);
            while (reader.ReadPage(in entry, ref position, out PageDescriptor page))
            {
                VerifyPage(reader, in entry, in page);
                onPage();
            }
        }
    }

    private void VerifyPage(SegmentReader reader, in SeriesEntry entry, in PageDescriptor page)
    {
        int count = (int)page.Summary.Count;
        if (_values.Length < count)
        {
            _timestamps = new long[count];
            _values = new ulong[count];
            _doubles = new double[count];
        }
        Span<ulong> values = _values.AsSpan(0, count);
        long at = page.Offset;
        try
        {
            _ = reader.PageBytes(in page); // both checksums, also of pages that were read before
            reader.ReadTimes(in page, _timestamps.AsSpan(0, count));
            at += page.TimeLength;
            if (entry.Family.HasPayload())
                reader.ReadPayloads(in page, values, ref _payload, ref _scratch);
            else reader.ReadValues(in page, values);
        }
        catch (SegmentCorruptException e)
        {
            report(new SegmentCorruptException(e.File, e.What, at));
            return;
        }
        if (entry.Family == ValueFamily.Bool && values.ContainsAnyExceptInRange(0UL, 1UL))
        {
            report(new SegmentCorruptException(reader.DatPath,
                $"page {page.Number}: a boolean is neither 0 nor 1", at));
        }
        if (!entry.Family.IsNumeric() || Agrees(values, entry.Family, in page.Summary)) return;
        long place = reader.Footer.Pages.Offset + SegmentFormat.SectionHeaderSize + entry.RunOffset;
        report(new SegmentCorruptException(reader.IdxPath,
            $"page {page.Number}: its summary is not that of its values", place));
    }

    private bool Agrees(ReadOnlySpan<ulong> values, ValueFamily family, in BlockSummary said)
    {
        BlockSummary found = said;
        PageSummary.Of(values, family, _doubles, ref found);
        double magnitude = 0;
        foreach (ulong bits in values) magnitude += Math.Abs(family.ToDouble(bits));
        return Same(found.First, said.First) && Same(found.Last, said.Last) && Same(found.Min, said.Min) &&
            Same(found.Max, said.Max) && SameSum(found.Sum + found.SumLow, said.Sum + said.SumLow, magnitude);
    }

    /// <summary>NaN is NaN, and 0 is -0: which of them wins a minimum is the kernel's choice.</summary>
    private static bool Same(double a, double b) => a.Equals(b) || a == b;

    private static bool SameSum(double a, double b, double magnitude) =>
        Same(a, b) || double.IsInfinity(magnitude) || Math.Abs(a - b) <= SumTolerance * magnitude;
}
