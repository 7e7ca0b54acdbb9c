using System;
using System.Buffers.Binary;
using System.Numerics;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Ingest.Protocols.RemoteRead;
using Slungd.Native.Bits;
using Slungd.Native.Checks;

namespace Slungd.Ingest.Http;

/// <summary>A chunk of native histograms, with counts as floats, as Prometheus stores and streams it
/// (github.com/prometheus/prometheus, tsdb/docs/format/chunks.md, tsdb/chunkenc/float_histogram.go, varbit.go):
/// <code>
/// u16 number of samples, big-endian | u8 flags: 0x80 a reset before the first sample, 0x40 none, 0xc0 gauges | bits:
/// layout     zero threshold | varbit schema | positive spans | negative spans | custom bounds, with schema -53
/// threshold  u8: 0 is zero, n is 2^(n-244), 255: f64 follows
/// spans      varbit number | each: varbit length, varbit offset from the end of the one before
/// bounds     varbit number | each: varbit 1 + thousandths, or a bit 0 and f64
/// first      varbit time | f64 count | f64 zero count | f64 sum | f64 each bucket
/// others     varbit delta of delta of time | the same, each xor with its former one, as in <see cref="XorChunk"/>
/// varbit     0: 0 | 10 + 3 bits | 110 + 6 | 1110 + 9 | 11110 + 12 | 111110 + 18 | 1111110 + 25 | 11111110 + 56 |
///            11111111 + 64
/// </code>
/// A sample that marks the end of the series has a sum alone, and zeros without buckets.</summary>
internal static class HistogramChunk
{
    /// <summary>The type of such a chunk.</summary>
    public const int Encoding = 3;

    public const int MaxSamples = 120;

    /// <summary>Numbers of a chunk of more than one sample, so that none becomes too long.</summary>
    public const int MaxNumbers = 16 * 1024;

    private const int NumbersBesideBuckets = 3;
    private const int MaxNumberBytes = 10; // with its prefix

    /// <summary>How many of these samples, one at least, fit one chunk: of one layout, without a reset.</summary>
    public static int Fitting(ReadOnlySpan<FloatHistogram> histograms)
    {
        FloatHistogram first = histograms[0];
        int most = Math.Min(Math.Min(MaxSamples, histograms.Length), Math.Max(1, MaxNumbers / NumbersOf(first)));
        int count = 1;
        while (count < most && GoesOn(first, histograms[count - 1], histograms[count])) count++;
        return count;
    }

    /// <summary>No chunk of so many histograms of this one's layout is longer.</summary>
    public static int MaxBytes(FloatHistogram first, int samples) => 64 + MaxNumberBytes *
        (2 * (first.Positive.Length + first.Negative.Length) + first.Bounds.Length + samples * (1 + NumbersOf(first)));

    /// <summary>Encodes as many samples as <see cref="Fitting"/> allows.</summary>
    /// <param name="times">Milliseconds, ascending.</param>
    /// <param name="histograms">As many.</param>
    /// <param name="into">At least <see cref="MaxBytes"/>.</param>
    /// <returns>The chunk's length.</returns>
    public static int Encode(ReadOnlySpan<long> times, ReadOnlySpan<FloatHistogram> histograms, Span<byte> into)
    {
        Invariant.Check(times.Length is >= 1 and <= MaxSamples && histograms.Length == times.Length);
        FloatHistogram first = histograms[0];
        BinaryPrimitives.WriteUInt16BigEndian(into, (ushort)times.Length);
        into[2] = first.Hint switch
        {
            CounterResetHint.Reset => 0x80,
            CounterResetHint.NotReset => 0x40,
            CounterResetHint.Gauge => 0xc0,
            _ => 0,
        };
        BitWriter bits = new(into[3..]);
        bool isStale = IsStale(first);
        WriteLayout(ref bits, isStale ? new FloatHistogram() : first);
        XorNumber[] former = new XorNumber[NumbersOf(first)];
        double[] numbers = new double[former.Length];
        long delta = 0;
        for (int i = 0; i < times.Length; i++)
        {
            Span<double> own = numbers.AsSpan(0, Gather(histograms[i], numbers));
            if (i == 0) WriteVarbit(ref bits, times[0]);
            else
            {
                long step = times[i] - times[i - 1];
                WriteVarbit(ref bits, step - delta);
                delta = step;
            }
            for (int j = 0; j < own.Length; j++)
            {
                if (i == 0) former[j].Write(ref bits, own[j]);
                else former[j].WriteXor(ref bits, own[j]);
            }
        }
        int length = bits.Finish();
        Invariant.Check(!bits.Overflowed);
        return 3 + length;
    }

    private static bool IsStale(FloatHistogram histogram) =>
        BitConverter.DoubleToUInt64Bits(histogram.Sum) == 0x7ff0000000000002;

    private static int NumbersOf(FloatHistogram histogram) =>
        NumbersBesideBuckets + histogram.Positive.Length + histogram.Negative.Length;

    private static bool GoesOn(FloatHistogram first, FloatHistogram previous, FloatHistogram next)
    {
        if (IsStale(first) || IsStale(previous)) return false;
        if (IsStale(next)) return true;
        bool isGauge = first.Hint == CounterResetHint.Gauge;
        return first.HasLayoutOf(next) && isGauge == (next.Hint == CounterResetHint.Gauge)
            && (isGauge || !next.IsResetFrom(previous));
    }

    private static int Gather(FloatHistogram histogram, Span<double> into)
    {
        into[2] = histogram.Sum;
        if (IsStale(histogram))
        {
            into[0] = into[1] = 0;
            return NumbersBesideBuckets;
        }
        (into[0], into[1]) = (histogram.Count, histogram.ZeroCount);
        histogram.Positive.Counts.CopyTo(into[NumbersBesideBuckets..]);
        histogram.Negative.Counts.CopyTo(into[(NumbersBesideBuckets + histogram.Positive.Length)..]);
        return NumbersOf(histogram);
    }

    private static void WriteLayout(ref BitWriter bits, FloatHistogram histogram)
    {
        WriteThreshold(ref bits, histogram.ZeroThreshold);
        WriteVarbit(ref bits, histogram.Schema);
        WriteSpans(ref bits, histogram.Positive.Indexes);
        WriteSpans(ref bits, histogram.Negative.Indexes);
        if (!histogram.IsCustom) return;
        WriteUnsigned(ref bits, (ulong)histogram.Bounds.Length);
        foreach (double bound in histogram.Bounds)
        {
            double thousandths = bound * 1000;
            bool isShort = thousandths is >= 0 and <= 33_554_430 && thousandths == Math.Floor(thousandths);
            if (isShort) WriteUnsigned(ref bits, (ulong)thousandths + 1);
            else
            {
                bits.Write(0, 1);
                bits.Write(BitConverter.DoubleToUInt64Bits(bound), 64);
            }
        }
    }

    private static void WriteThreshold(ref BitWriter bits, double threshold)
    {
        ulong bytes = BitConverter.DoubleToUInt64Bits(threshold);
        int exponent = (int)(bytes >> 52) - 1022; // of 0.5 * 2^exponent
        if (threshold == 0) bits.Write(0, 8);
        else if (bytes << 12 == 0 && exponent is >= -242 and <= 11) bits.Write((ulong)(exponent + 243), 8);
        else
        {
            bits.Write(255, 8);
            bits.Write(bytes, 64);
        }
    }

    private static void WriteSpans(ref BitWriter bits, ReadOnlySpan<int> indexes)
    {
        WriteUnsigned(ref bits, (ulong)CountSpans(indexes));
        long next = 0;
        for (int i = 0; i < indexes.Length;)
        {
            int length = SpanLength(indexes[i..]);
            WriteUnsigned(ref bits, (ulong)length);
            WriteVarbit(ref bits, indexes[i] - next);
            next = indexes[i] + (long)length;
            i += length;
        }
    }

    private static int CountSpans(ReadOnlySpan<int> indexes)
    {
        int spans = 0;
        for (int i = 0; i < indexes.Length; i += SpanLength(indexes[i..])) spans++;
        return spans;
    }

    private static int SpanLength(ReadOnlySpan<int> indexes)
    {
        int length = 1;
        while (length < indexes.Length && indexes[length] == indexes[0] + length) length++;
        return length;
    }

    /// <summary>The ranges are shifted by one: the most negative number stands for the positive one beyond.</summary>
    private static void WriteVarbit(ref BitWriter bits, long value)
    {
        long magnitude = value > 0 ? value - 1 : -value;
        WriteWithPrefix(ref bits, (ulong)value, value == 0 ? 0
            : value == long.MinValue ? 64 : 65 - BitOperations.LeadingZeroCount((ulong)magnitude));
    }

    private static void WriteUnsigned(ref BitWriter bits, ulong value) =>
        WriteWithPrefix(ref bits, value, 64 - BitOperations.LeadingZeroCount(value));

    private static void WriteWithPrefix(ref BitWriter bits, ulong value, int needed)
    {
        (ulong prefix, int prefixLength, int length) = needed switch
        {
            0 => (0UL, 1, 0),
            <= 3 => (0b10UL, 2, 3),
            <= 6 => (0b110UL, 3, 6),
            <= 9 => (0b1110UL, 4, 9),
            <= 12 => (0b11110UL, 5, 12),
            <= 18 => (0b111110UL, 6, 18),
            <= 25 => (0b1111110UL, 7, 25),
            <= 56 => (0b11111110UL, 8, 56),
            _ => (0b11111111UL, 8, 64),
        };
        bits.Write(prefix, prefixLength);
        if (length > 0) bits.Write(length == 64 ? value : value & (1UL << length) - 1, length);
    }

    /// <summary>One of a histogram's numbers from sample to sample.</summary>
    private struct XorNumber
    {
        private ulong _former;
        private XorWindow _window;

        public void Write(ref BitWriter bits, double value)
        {
            _former = BitConverter.DoubleToUInt64Bits(value);
            bits.Write(_former, 64);
        }

        public void WriteXor(ref BitWriter bits, double value)
        {
            ulong own = BitConverter.DoubleToUInt64Bits(value);
            _window.Write(ref bits, own ^ _former);
            _former = own;
        }
    }
}
