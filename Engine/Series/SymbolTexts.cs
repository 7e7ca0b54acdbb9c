using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Numerics;
using System.Runtime.Intrinsics.X86;
using Slungd.Engine.Model;

namespace Slungd.Engine.Series;

/// <summary>Texts of a symbol table, or what is behind a common front of them, sorted bytewise without a copy of
/// them. What came in order costs one look; else a million is sorted by radix over 32 bits that differ behind what all
/// have in common, and what agrees there in the same way by what follows. Takes 16 bytes per text while it sorts,
/// 8 afterwards.</summary>
internal sealed class SymbolTexts : LabelTexts, IComparer<ulong>
{
    private const int KeyBits = 32;
    private const int RadixBits = 11;
    private const int Buckets = 1 << RadixBits;
    private const int FewTexts = 64; // below it comparing is faster
    private const int MaxDepth = 16; // hostile texts agree in all but a byte, again and again
    private const int Ahead = 24; // texts; they lie anywhere in memory

    private readonly SymbolTable _table;
    private readonly int _skip;
    private readonly ulong[] _items; // key for sorting << 32 | reference of the text

    /// <param name="table">Where the texts are.</param>
    /// <param name="symbols">Which of them, one each; kept, and sorted in place.</param>
    /// <param name="count">How many of <paramref name="symbols"/> count.</param>
    /// <param name="skip">Bytes at the front that do not belong to the texts.</param>
    public SymbolTexts(SymbolTable table, ulong[] symbols, int count, int skip)
    {
        _table = table;
        _skip = skip;
        _items = symbols;
        int kept = 0;
        foreach (ref ulong symbol in symbols.AsSpan(0, count))
        {
            uint reference = table.ReferenceOf((uint)symbol);
            if (table.TextAt(reference).Length > skip) symbols[kept++] = reference;
        }
        Count = kept;
        Span<ulong> all = symbols.AsSpan(0, kept);
        if (!IsSorted(all)) Sort(all, kept > FewTexts ? GC.AllocateUninitializedArray<ulong>(kept) : [], 0);
    }

    public override int Count { get; }

    public override ReadOnlySpan<byte> this[int index]
    {
        get
        {
            if (index + Ahead < Count) _table.PrefetchAt((uint)_items[index + Ahead]);
            return Of(_items[index]);
        }
    }

    public int Compare(ulong a, ulong b) => Of(a).SequenceCompareTo(Of(b));

    private ReadOnlySpan<byte> Of(ulong item) => _table.TextAt((uint)item)[_skip..];

    private bool IsSorted(ReadOnlySpan<ulong> items)
    {
        for (int i = 1; i < items.Length; i++)
            if (Compare(items[i - 1], items[i]) > 0) return false;
        return true;
    }

    /// <param name="items">All, or those whose keys agreed.</param>
    /// <param name="room">As long at least.</param>
    /// <param name="depth">How often keys agreed.</param>
    private void Sort(Span<ulong> items, Span<ulong> room, int depth)
    {
        if (items.Length <= FewTexts || depth == MaxDepth)
        {
            MemoryExtensions.Sort(items, this);
            return;
        }
        int bits = AddKeys(items, room);
        SortByKeys(items, room, bits);
        for (int start = 0; start < items.Length;)
        {
            uint key = (uint)(items[start] >> KeyBits);
            int end = start + 1;
            while (end < items.Length && (uint)(items[end] >> KeyBits) == key) end++;
            if (end - start == items.Length) depth = MaxDepth - 1; // zeros at the end of a text are not in keys
            if (end - start > 1) Sort(items[start..end], room, depth + 1);
            start = end;
        }
    }

    /// <summary>Puts into each item 32 bits, in the order of the texts: of the eight bytes behind the front that all
    /// have in common those bits that differ, where taking them out is one instruction. Digits differ in four bits.
    /// </summary>
    /// <returns>How many low bits of the keys are in use.</returns>
    private int AddKeys(Span<ulong> items, Span<ulong> room)
    {
        int front = CommonFront(items);
        Span<ulong> keys = room[..items.Length];
        ulong differing = 0;
        for (int i = 0; i < items.Length; i++)
        {
            keys[i] = KeyOf(Of(items[i])[front..]);
            differing |= keys[i] ^ keys[0];
        }
        if (!Bmi2.X64.IsSupported) differing = ulong.MaxValue;
        int bits = BitOperations.PopCount(differing);
        int drop = Math.Max(0, bits - KeyBits);
        for (int i = 0; i < items.Length; i++)
        {
            ulong key = Bmi2.X64.IsSupported ? Bmi2.X64.ParallelBitExtract(keys[i], differing) : keys[i];
            items[i] = key >> drop << KeyBits | (uint)items[i];
        }
        return bits - drop;
    }

    private int CommonFront(ReadOnlySpan<ulong> items)
    {
        ReadOnlySpan<byte> common = Of(items[0]);
        foreach (ulong item in items)
        {
            ReadOnlySpan<byte> text = Of(item);
            if (!text.StartsWith(common)) common = common[..common.CommonPrefixLength(text)];
            if (common.IsEmpty) break;
        }
        return common.Length;
    }

    /// <summary>The first eight bytes as a number that sorts as they do; what is missing counts as 0.</summary>
    private static ulong KeyOf(ReadOnlySpan<byte> text)
    {
        if (text.Length >= sizeof(ulong)) return BinaryPrimitives.ReadUInt64BigEndian(text);
        ulong key = 0;
        for (int i = 0; i < text.Length; i++) key |= (ulong)text[i] << (56 - 8 * i);
        return key;
    }

    /// <summary>Sorts digit by digit from the last one; a digit that all keys share costs nothing.</summary>
    private static void SortByKeys(Span<ulong> items, Span<ulong> room, int bits)
    {
        Span<int> starts = stackalloc int[Buckets];
        Span<ulong> from = items, to = room[..items.Length];
        bool isMoved = false;
        for (int shift = KeyBits; shift < KeyBits + bits; shift += RadixBits)
        {
            starts.Clear();
            foreach (ulong item in from) starts[(int)(item >> shift) & Buckets - 1]++;
            if (starts[(int)(from[0] >> shift) & Buckets - 1] == from.Length) continue;
            int start = 0;
            foreach (ref int bucket in starts) (bucket, start) = (start, start + bucket);
            foreach (ulong item in from) to[starts[(int)(item >> shift) & Buckets - 1]++] = item;
            Span<ulong> other = from;
            from = to;
            to = other;
            isMoved = !isMoved;
        }
        if (isMoved) from.CopyTo(items);
    }
}
