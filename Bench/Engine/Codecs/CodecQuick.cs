using System;
using System.Collections.Generic;
using Slungd.Bench.Native.Simd;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Simd;

namespace Slungd.Bench.Engine.Codecs;

/// <summary>`--quick codecs`: encoding and decoding of typical pages, and their sizes, beside a decoder in C that knows
/// the width when it is compiled.</summary>
internal static class CodecQuick
{
    public static void Run(int points, int rounds)
    {
        const int PagePoints = 8192;
        int repeats = Math.Max(1, points / PagePoints);
        var ways = new List<(string, Func<double>)>();
        using UnpackReference? reference = UnpackReference.TryCreate();
        if (reference is not null) AddReference(ways, reference, PagePoints, repeats);
        foreach (CodecEffort effort in Enum.GetValues<CodecEffort>())
        {
            foreach ((string name, long[] column) in CodecColumns.Timestamps(PagePoints))
                Add(ways, $"{effort} {name}", column, TimestampEncoding.Adaptive, effort, repeats);
            foreach ((string name, double[] column) in CodecColumns.Floats(PagePoints))
                Add(ways, $"{effort} {name}", Array.ConvertAll(column, BitConverter.DoubleToUInt64Bits),
                    ValueFamily.Float, effort, repeats);
            foreach ((string name, ValueFamily family, ulong[] column) in CodecColumns.Integers(PagePoints))
                Add(ways, $"{effort} {name}", column, family, effort, repeats);
        }
        foreach (TimestampEncoding encoding in new[] { TimestampEncoding.Gorilla, TimestampEncoding.Delta })
        {
            foreach ((string name, long[] column) in CodecColumns.Timestamps(PagePoints))
                Add(ways, $"{encoding.ToText()} {name}", column, encoding, CodecEffort.Fast, repeats);
        }
        using SumsReference? sums = SumsReference.TryCreate();
        if (sums is not null) AddRawSum(ways, sums, repeats * PagePoints);
        QuickTable.Run(ways, repeats * PagePoints, rounds);
    }

    private static void AddReference(List<(string, Func<double>)> ways, UnpackReference reference, int count,
        int repeats)
    {
        var packed = new byte[BitPacking.SizeOf(count, UnpackReference.Width)];
        new Random(1).NextBytes(packed);
        var into = new double[count];
        ways.Add(("C unpack 9 bits, divide", () =>
        {
            for (int i = 0; i < repeats; i++)
                reference.Unpack(packed, count / BitPacking.BlockLength, 2000, 100, into);
            return into[^1];
        }));
    }

    /// <summary>C's plain sum of doubles that come from memory: each call takes another stretch.</summary>
    private static void AddRawSum(List<(string, Func<double>)> ways, SumsReference sums, int points)
    {
        const int Stretches = 16;
        var values = new double[Stretches * points];
        Array.Fill(values, 0.25);
        int stretch = 0;
        ways.Add(("C sum of raw doubles from memory",
            () => sums.Sum("plain", values.AsSpan(stretch++ % Stretches * points, points))));
    }

    private static void Add(List<(string, Func<double>)> ways, string name, long[] column, TimestampEncoding encoding,
        CodecEffort effort, int repeats)
    {
        var page = new byte[TimestampCodec.MaxEncodedSize(column.Length)];
        int length = TimestampCodec.Encode(column, encoding, effort, page);
        var into = new long[column.Length];
        AddBoth(ways, name, length, column.Length,
            () =>
            {
                for (int i = 0; i < repeats; i++)
                    TimestampCodec.Encode(column, encoding, effort, page);
            },
            () =>
            {
                for (int i = 0; i < repeats; i++) TimestampCodec.TryDecode(page.AsSpan(0, length), into);
            });
    }

    private static void Add(List<(string, Func<double>)> ways, string name, ulong[] column, ValueFamily family,
        CodecEffort effort, int repeats)
    {
        var page = new byte[ValueCodec.MaxEncodedSize(column.Length)];
        int length = ValueCodec.Encode(column, family, effort, page);
        var into = new ulong[column.Length];
        AddBoth(ways, name, length, column.Length,
            () =>
            {
                for (int i = 0; i < repeats; i++)
                    ValueCodec.Encode(column, family, effort, page);
            },
            () =>
            {
                for (int i = 0; i < repeats; i++) ValueCodec.TryDecode(page.AsSpan(0, length), into);
            });
        if (!ValueCodec.TrySum(page.AsSpan(0, length), column.Length, out _)) return;
        ways.Add(($"sum {name}", () =>
        {
            double total = 0;
            for (int i = 0; i < repeats; i++)
            {
                ValueCodec.TrySum(page.AsSpan(0, length), column.Length, out double sum);
                total += sum;
            }
            return total;
        }));
    }

    private static void AddBoth(List<(string, Func<double>)> ways, string name, int length, int count, Action encode,
        Action decode)
    {
        string size = $"{length * 8.0 / count:F2} bits";
        ways.Add(($"encode {name}, {size}", Timed(encode, length)));
        ways.Add(($"decode {name}", Timed(decode, length)));
    }

    private static Func<double> Timed(Action run, int length) => () =>
    {
        run();
        return length;
    };
}
