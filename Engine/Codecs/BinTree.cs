using System;
using System.Numerics;
using Slungd.Native.Bits;
using Slungd.Native.Checks;
using Slungd.Native.Simd;

namespace Slungd.Engine.Codecs;

/// <summary>
/// The bins of a column of numbers: the range [0, 2^Width) halved again and again wherever naming the half that a
/// number lies in saves more bits than it costs. Written in this order, two bits for what a node is: 0 nothing lies
/// here; 1 a bin, then its weight, in as many bits as the weight that is left has; 2 two halves, the lower one first; 3
/// a narrower range holds all that is here: 6 bits its width, then where it starts, in as many bits as the width
/// before. All bits most significant first.
/// </summary>
internal sealed class BinTree
{
    /// <summary>Bins that a page may have.</summary>
    public const int MaxBins = 1024;

    // A page of a hostile writer has no more nodes than its bits, but also no more than this.
    private const int MaxNodes = 8 * MaxBins;
    private const int NodeBits = 2;
    private const int LeafBits = NodeBits + 9;
    private const int JumpBits = NodeBits + 6;

    // So much larger may a page be that half the states name its bins.
    private const double LittleMore = 1 + 1.0 / 1024;

    private enum Kind : byte
    {
        Empty,
        Bin,
        Halves,
        Jump,
    }

    private record struct Node(Kind Kind, byte Width, ulong Lower, int Count);

    private Node[] _nodes = new Node[256];
    private int _nodeCount;
    private int _total;
    private int _fewest;

    /// <summary>The root's width.</summary>
    public int Width { get; private set; }

    /// <summary>How many bins there are.</summary>
    public int BinCount { get; private set; }

    /// <summary>Of the bins in ascending order.</summary>
    public ushort[] Weights { get; } = new ushort[MaxBins];

    public ulong[] Lowers { get; } = new ulong[MaxBins];

    public byte[] Widths { get; } = new byte[MaxBins];

    /// <summary>Bits of a state: the weights add up to 2^TableBits.</summary>
    public int TableBits { get; private set; }

    /// <summary>Finds bins; the result is about how many bits the page takes, scaled up when the numbers are a
    /// sample.</summary>
    /// <param name="sorted">Distances from the least number, ascending; not empty.</param>
    /// <param name="scale">Numbers of the page for each of these.</param>
    public double Plan(ReadOnlySpan<ulong> sorted, double scale = 1)
    {
        DebugCheck.That(sorted[0] == 0);
        (_nodeCount, _total) = (0, sorted.Length);
        // A bin of very few numbers costs more than it saves.
        _fewest = Math.Max(3, sorted.Length / 512);
        Width = WidthOf(sorted[^1]);
        double bits = Plan(sorted, 0, Width, scale);
        BinCount = 0;
        foreach (ref readonly Node node in _nodes.AsSpan(0, _nodeCount))
        {
            if (node.Kind != Kind.Bin) continue;
            if (BinCount == MaxBins) return double.MaxValue;
            Lowers[BinCount] = node.Lower;
            Widths[BinCount++] = node.Width;
        }
        return _nodeCount <= MaxNodes ? bits : double.MaxValue;
    }

    /// <summary>Turns the bins' counts into weights.</summary>
    public void Weigh()
    {
        int least = BitOperations.Log2((uint)BinCount * 2 - 1);
        // More states follow the counts more closely, but cost more in the header, and in each read of the page: the
        // fewest that cost little more in size are taken.
        int useful = Math.Min(BitOperations.Log2((uint)_total) - 2, 10);
        int bits = BinCount == 1 ? 0 : Math.Min(Math.Max(useful, least + 1), BinDecoder.MaxStateBits);
        double enough = Weigh(bits) * LittleMore;
        while (bits > least + 1 && Weigh(bits - 1) <= enough) bits--;
        Weigh(bits);
    }

    /// <summary>The same for so many states; returns about the bits that the page takes then.</summary>
    private double Weigh(int tableBits)
    {
        TableBits = tableBits;
        int states = 1 << tableBits, sum = 0, bin = 0, greatest = 0;
        foreach (ref readonly Node node in _nodes.AsSpan(0, _nodeCount))
        {
            if (node.Kind != Kind.Bin) continue;
            long weight = ((long)node.Count * states + _total / 2) / _total;
            Weights[bin] = (ushort)Math.Clamp(weight, 1, states);
            if (Weights[bin] > Weights[greatest]) greatest = bin;
            sum += Weights[bin++];
        }
        if (sum < states) Weights[greatest] += (ushort)(states - sum);
        // Rounding up small bins has taken too much: the great ones pay, as they feel it least.
        for (; sum > states; sum--)
        {
            for (int i = 0; i < BinCount; i++) if (Weights[i] > Weights[greatest]) greatest = i;
            Weights[greatest]--;
        }
        return Cost();
    }

    private double Cost()
    {
        double bits = (double)BinCount * TableBits;
        int bin = 0;
        foreach (ref readonly Node node in _nodes.AsSpan(0, _nodeCount))
            if (node.Kind == Kind.Bin) bits += node.Count * (node.Width + TableBits - Math.Log2(Weights[bin++]));
        return bits;
    }

    /// <summary>Writes the tree.</summary>
    public void Write(ref BitWriter to)
    {
        int left = 1 << TableBits, bin = 0;
        foreach (ref readonly Node node in _nodes.AsSpan(0, _nodeCount))
        {
            if (node.Kind != Kind.Jump) to.Write((ulong)node.Kind, NodeBits);
            if (node.Kind == Kind.Bin)
            {
                to.Write(Weights[bin], WidthOf((ulong)left));
                left -= Weights[bin++];
            }
            // Count is here the width before.
            if (node.Kind == Kind.Jump) WriteJump(ref to, in node);
        }
    }

    private static void WriteJump(ref BitWriter to, in Node node)
    {
        to.Write((ulong)Kind.Jump, NodeBits);
        to.Write(node.Width, JumpBits - NodeBits);
        to.Write(node.Lower & ulong.MaxValue >> 64 - node.Count, node.Count);
    }

    /// <summary>Reads a tree; false when it is none, or its weights do not add up to 2^tableBits.</summary>
    /// <param name="from">Stands on the root.</param>
    /// <param name="width">The root's.</param>
    /// <param name="tableBits">Bits of a state.</param>
    /// <param name="weights">Room for <see cref="MaxBins"/> bins; their weights.</param>
    /// <param name="bins">The same; their lowers and widths.</param>
    /// <param name="count">How many there are.</param>
    public static bool TryRead(ref BitReader from, int width, int tableBits, scoped Span<ushort> weights,
        scoped Span<BinState> bins, out int count)
    {
        count = 0;
        // A node waits for each level of halves at most.
        Span<ulong> lowers = stackalloc ulong[66];
        Span<byte> widths = stackalloc byte[66];
        int waiting = 1, left = 1 << tableBits;
        (lowers[0], widths[0]) = (0, (byte)width);
        for (int nodes = 0; waiting > 0 && nodes < MaxNodes && !from.Overrun; nodes++)
        {
            ulong lower = lowers[--waiting];
            width = widths[waiting];
            switch ((Kind)from.Read(NodeBits))
            {
                case Kind.Bin:
                    if (left == 0 || count == MaxBins) return false;
                    int weight = (int)from.Read(WidthOf((ulong)left));
                    if (weight == 0 || weight > left) return false;
                    left -= weight;
                    weights[count] = (ushort)weight;
                    bins[count++] = new BinState { Lower = lower, OffsetBits = (byte)width };
                    break;
                case Kind.Halves:
                    if (width == 0) return false;
                    (lowers[waiting], widths[waiting++]) = (lower + (1ul << width - 1), (byte)(width - 1));
                    (lowers[waiting], widths[waiting++]) = (lower, (byte)(width - 1));
                    break;
                case Kind.Jump:
                    int narrow = (int)from.Read(JumpBits - NodeBits);
                    if (narrow >= width) return false;
                    (lowers[waiting], widths[waiting++]) = (lower + from.Read(width), (byte)narrow);
                    break;
            }
        }
        return waiting == 0 && left == 0 && !from.Overrun;
    }

    /// <summary>The bits that a node, all below it, and its numbers take.</summary>
    private double Plan(ReadOnlySpan<ulong> sorted, ulong lower, int width, double scale)
    {
        int count = sorted.Length;
        if (count == 0)
        {
            Add(new Node(Kind.Empty, 0, 0, 0));
            return NodeBits;
        }
        int mark = _nodeCount, narrow = WidthOf(sorted[^1] - sorted[0]);
        double jump = 0;
        if (count >= _fewest && count * scale * (width - narrow) > 2 * (JumpBits + width))
        {
            Add(new Node(Kind.Jump, (byte)narrow, sorted[0] - lower, width));
            jump = JumpBits + width;
            (lower, width) = (sorted[0], narrow);
            mark++;
        }
        double leaf = LeafBits + count * scale * (width + Math.Log2(_total / (double)count));
        if (width > 0 && count >= _fewest && count * scale * width > LeafBits)
        {
            Add(new Node(Kind.Halves, 0, 0, 0));
            ulong middle = lower + (1ul << width - 1);
            // A jump's range may end past 2^64: then nothing lies in the upper half.
            int below = middle < lower ? count : Kernels.LowerBound(sorted, middle);
            double halves = NodeBits + Plan(sorted[..below], lower, width - 1, scale)
                + Plan(sorted[below..], middle, width - 1, scale);
            if (halves < leaf) return jump + halves;
        }
        _nodeCount = mark;
        Add(new Node(Kind.Bin, (byte)width, lower, count));
        return jump + leaf;
    }

    private void Add(Node node)
    {
        if (_nodeCount == _nodes.Length) Array.Resize(ref _nodes, _nodeCount * 2);
        _nodes[_nodeCount++] = node;
    }

    private static int WidthOf(ulong number) => 64 - BitOperations.LeadingZeroCount(number);
}
