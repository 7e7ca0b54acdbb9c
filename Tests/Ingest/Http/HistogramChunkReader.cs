using System;
using System.Collections.Generic;
using Slungd.Engine.PromQL.Histograms;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

/// <summary>Reads a chunk of float histograms bit by bit as the format's page describes it.</summary>
internal sealed class HistogramChunkReader
{
    private readonly byte[] _bytes;
    private int _bit;

    private HistogramChunkReader(byte[] bytes) => _bytes = bytes;

    public static List<(long Time, FloatHistogram Histogram)> Read(byte[] chunk)
    {
        HistogramChunkReader bits = new(chunk[3..]);
        FloatHistogram layout = bits.ReadLayout();
        layout.Hint = chunk[2] switch
        {
            0x80 => CounterResetHint.Reset,
            0x40 => CounterResetHint.NotReset,
            0xc0 => CounterResetHint.Gauge,
            _ => CounterResetHint.Unknown,
        };
        int positive = layout.Positive.Length, numbers = 3 + positive + layout.Negative.Length;
        ulong[] former = new ulong[numbers];
        (int Leading, int Trailing)[] windows = new (int, int)[numbers];
        List<(long Time, FloatHistogram Histogram)> samples = [];
        long time = 0, delta = 0;
        for (int i = 0; i < (chunk[0] << 8 | chunk[1]); i++)
        {
            if (i == 0) time = bits.Varbit();
            else time += delta += bits.Varbit();
            FloatHistogram sample = layout.Copy();
            for (int j = 0; j < numbers; j++)
            {
                former[j] = i == 0 ? bits.Take(64) : former[j] ^ bits.Xor(ref windows[j]);
                double value = BitConverter.UInt64BitsToDouble(former[j]);
                if (j == 0) sample.Count = value;
                else if (j == 1) sample.ZeroCount = value;
                else if (j == 2) sample.Sum = value;
                else if (j < 3 + positive) sample.Positive.Counts[j - 3] = value;
                else sample.Negative.Counts[j - 3 - positive] = value;
                if (j == 2 && former[j] == 0x7ff0000000000002) break;
            }
            samples.Add((time, sample));
        }
        Assert.Equal(bits._bytes.Length, (bits._bit + 7) / 8);
        return samples;
    }

    private FloatHistogram ReadLayout()
    {
        FloatHistogram layout = new();
        ulong threshold = Take(8);
        layout.ZeroThreshold = threshold == 0 ? 0 : threshold == 255 ? BitConverter.UInt64BitsToDouble(Take(64))
            : Math.ScaleB(0.5, (int)threshold - 243);
        layout.Schema = (int)Varbit();
        ReadSpans(layout.Positive);
        ReadSpans(layout.Negative);
        if (!layout.IsCustom) return layout;
        layout.Bounds = new double[Unsigned()];
        foreach (ref double bound in layout.Bounds.AsSpan())
        {
            ulong thousandths = Unsigned();
            bound = thousandths > 0 ? (thousandths - 1) / 1000.0 : BitConverter.UInt64BitsToDouble(Take(64));
        }
        return layout;
    }

    private void ReadSpans(BucketList into)
    {
        long index = 0;
        for (ulong spans = Unsigned(); spans > 0; spans--)
        {
            ulong length = Unsigned();
            index += Varbit();
            for (; length > 0; length--) into.Append((int)index++, 0);
        }
    }

    private ulong Take(int bits)
    {
        ulong value = 0;
        for (; bits > 0; bits--, _bit++) value = value << 1 | (uint)(_bytes[_bit / 8] >> (7 - _bit % 8)) & 1;
        return value;
    }

    private int Width()
    {
        ReadOnlySpan<int> widths = [0, 3, 6, 9, 12, 18, 25, 56, 64];
        int ones = 0;
        while (ones < 8 && Take(1) == 1) ones++;
        return widths[ones];
    }

    private ulong Unsigned() => Take(Width());

    private long Varbit()
    {
        int width = Width();
        ulong value = Take(width);
        return width is > 0 and < 64 && value > 1UL << width - 1 ? (long)value - (1L << width) : (long)value;
    }

    private ulong Xor(ref (int Leading, int Trailing) window)
    {
        if (Take(1) == 0) return 0;
        if (Take(1) == 1)
        {
            int leading = (int)Take(5), length = (int)Take(6);
            window = (leading, 64 - leading - (length == 0 ? 64 : length));
        }
        return Take(64 - window.Leading - window.Trailing) << window.Trailing;
    }
}
