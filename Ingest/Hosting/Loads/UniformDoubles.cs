using System;
using System.Numerics;

namespace Slungd.Ingest.Hosting.Loads;

/// <summary>Uniform doubles in [0, 100) with all the bits they can have, some for each lane of a vector: xorshift128+
/// (Vigna, "Further scramblings of Marsaglia's xorshift generators", 2017), since a load must be cheap beside what it
/// loads.</summary>
internal sealed class UniformDoubles
{
    private const ulong One = 0x3FF0_0000_0000_0000; // 1.0

    private Vector<ulong> _first, _second;

    public UniformDoubles(int seed)
    {
        var random = new Random(seed);
        Span<ulong> state = stackalloc ulong[2 * Vector<ulong>.Count];
        foreach (ref ulong word in state) word = (ulong)random.NextInt64(1, long.MaxValue);
        _first = new Vector<ulong>(state);
        _second = new Vector<ulong>(state[Vector<ulong>.Count..]);
    }

    /// <summary>Fills a column with the bits of such doubles.</summary>
    /// <param name="into">A whole number of vectors, or what is over is filled from one more.</param>
    public void Fill(Span<ulong> into)
    {
        (Vector<ulong> first, Vector<ulong> second) = (_first, _second);
        Span<ulong> last = stackalloc ulong[Vector<ulong>.Count];
        for (; !into.IsEmpty; into = into[Math.Min(into.Length, Vector<ulong>.Count)..])
        {
            Vector<ulong> sum = first + second;
            first ^= first << 23;
            (first, second) = (second, first ^ second ^ first >>> 18 ^ second >>> 5);
            // The upper 52 bits as a fraction of 1 to 2.
            Vector<double> fraction = Vector.AsVectorDouble(sum >>> 12 | new Vector<ulong>(One)) - Vector<double>.One;
            Vector<double> value = fraction * 100;
            if (into.Length >= Vector<ulong>.Count)
            {
                Vector.AsVectorUInt64(value).CopyTo(into);
                continue;
            }
            Vector.AsVectorUInt64(value).CopyTo(last);
            last[..into.Length].CopyTo(into);
        }
        (_first, _second) = (first, second);
    }
}
