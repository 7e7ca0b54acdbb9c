using System;

namespace Slungd.Engine.PromQL.Histograms;

/// <summary>The populated buckets of one side of a histogram: ascending indexes, each with a count. Absent buckets are
/// empty, so that wide gaps cost nothing.</summary>
internal sealed class BucketList
{
    private int[] _indexes = [];
    private double[] _counts = [];

    public int Length { get; private set; }

    public ReadOnlySpan<int> Indexes => _indexes.AsSpan(0, Length);

    public Span<double> Counts => _counts.AsSpan(0, Length);

    /// <summary>Adds a bucket behind all others; the same index again adds to its count.</summary>
    public void Append(int index, double count)
    {
        if (Length > 0 && _indexes[Length - 1] == index)
        {
            _counts[Length - 1] += count;
            return;
        }
        if (Length == _indexes.Length)
        {
            int capacity = Math.Max(8, Length * 2);
            Array.Resize(ref _indexes, capacity);
            Array.Resize(ref _counts, capacity);
        }
        _indexes[Length] = index;
        _counts[Length++] = count;
    }

    public BucketList Copy() => new()
    {
        _indexes = _indexes.AsSpan(0, Length).ToArray(),
        _counts = _counts.AsSpan(0, Length).ToArray(),
        Length = Length,
    };

    public void Clear() => Length = 0;

    public void Multiply(double factor)
    {
        foreach (ref double count in Counts) count *= factor;
    }

    public void Divide(double divisor)
    {
        foreach (ref double count in Counts) count /= divisor;
    }

    /// <summary>Forgets empty buckets.</summary>
    public void Compact()
    {
        int kept = 0;
        for (int i = 0; i < Length; i++)
        {
            if (_counts[i] == 0) continue;
            _indexes[kept] = _indexes[i];
            _counts[kept++] = _counts[i];
        }
        Length = kept;
    }

    /// <summary>The same population in buckets 2^<paramref name="levels"/> times as wide.</summary>
    public BucketList Coarser(int levels)
    {
        BucketList coarser = new();
        for (int i = 0; i < Length; i++) coarser.Append(CoarserIndex(_indexes[i], levels), _counts[i]);
        return coarser;
    }

    public static int CoarserIndex(int index, int levels) => ((index - 1) >> levels) + 1;

    /// <summary>This side plus or minus the other one, from its bucket <paramref name="from"/> on.</summary>
    public BucketList Plus(BucketList other, bool subtract, int from)
    {
        BucketList sum = new();
        int i = 0, j = 0;
        while (j < other.Length && other._indexes[j] < from) j++;
        while (i < Length || j < other.Length)
        {
            if (j == other.Length || i < Length && _indexes[i] <= other._indexes[j])
            {
                sum.Append(_indexes[i], _counts[i]);
                i++;
            }
            else
            {
                sum.Append(other._indexes[j], subtract ? -other._counts[j] : other._counts[j]);
                j++;
            }
        }
        return sum;
    }

    /// <summary>The same buckets with the same counts, bit by bit; empty buckets don't count.</summary>
    public bool SameAs(BucketList other)
    {
        int i = 0, j = 0;
        while (true)
        {
            while (i < Length && _counts[i] == 0) i++;
            while (j < other.Length && other._counts[j] == 0) j++;
            if (i == Length || j == other.Length) return i == Length && j == other.Length;
            if (_indexes[i] != other._indexes[j]) return false;
            if (BitConverter.DoubleToInt64Bits(_counts[i]) != BitConverter.DoubleToInt64Bits(
                other._counts[j])) return false;
            i++;
            j++;
        }
    }
}
