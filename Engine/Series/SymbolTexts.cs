using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Numerics;
using System.Runtime.CompilerServices;
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
    private const int MaxDigitBits = 11;
    private const int MaxDigits = (KeyBits + MaxDigitBits - 1) / MaxDigitBits;
    private const int Samples = 16;
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
        Span<ulong> keys = room[..items.Length];
        if (!TryReadKeys(items, keys, CommonFront(items, items.Length / Samples), out ulong differing))
            TryReadKeys(items, keys, CommonFront(items, 1), out differing);
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

    /// <summary>What every <paramref name="step"/>th text begins with.</summary>
    private ReadOnlySpan<byte> CommonFront(ReadOnlySpan<ulong> items, int step)
    {
        ReadOnlySpan<byte> common = Of(items[0]);
        for (int i = step; i < items.Length && !common.IsEmpty; i += step)
        {
            ReadOnlySpan<byte> text = Of(items[i]);
            if (!text.StartsWith(common)) common = common[..common.CommonPrefixLength(text)];
        }
        return common;
    }

    /// <summary>Reads the eight bytes behind the front.</summary>
    /// <param name="items">The texts.</param>
    /// <param name="keys">Receives them, as numbers that sort as they do.</param>
    /// <param name="front">What the texts have in common.</param>
    /// <param name="differing">The bits in which they differ.</param>
    /// <returns>False when a text begins otherwise.</returns>
    private bool TryReadKeys(ReadOnlySpan<ulong> items, Span<ulong> keys, ReadOnlySpan<byte> front, out ulong differing)
    {
        ulong first = KeyOf(Of(items[0])[front.Length..]);
        differing = 0;
        for (int i = 0; i < keys.Length; i++)
        {
            ReadOnlySpan<byte> text = Of(items[i]);
            if (!text.StartsWith(front)) return false;
            ulong key = KeyOf(text[front.Length..]);
            keys[i] = key;
            differing |= key ^ first;
        }
        return true;
    }

    /// <summary>The first eight bytes as a number that sorts as they do; what is missing counts as 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong KeyOf(ReadOnlySpan<byte> text)
    {
        if (text.Length >= sizeof(ulong)) return BinaryPrimitives.ReadUInt64BigEndian(text);
        if (text.Length >= sizeof(uint)) // two halves, the second of which overlaps the first
            return (ulong)BinaryPrimitives.ReadUInt32BigEndian(text) << 32
                | (ulong)BinaryPrimitives.ReadUInt32BigEndian(text[^sizeof(uint)..]) << (64 - 8 * text.Length);
        ulong key = 0;
        for (int i = 0; i < text.Length; i++) key |= (ulong)text[i] << (56 - 8 * i);
        return key;
    }

    /// <summary>Sorts digit by digit from the last one, with digits of one width; one that all keys share costs
    /// nothing.</summary>
    private static void SortByKeys(Span<ulong> items, Span<ulong> room, int bits)
    {
        int digits = Math.Max(1, (bits + MaxDigitBits - 1) / MaxDigitBits);
        int width = Math.Max(1, (bits + digits - 1) / digits);
        uint mask = (1u << width) - 1;
        Span<int> starts = stackalloc int[MaxDigits << MaxDigitBits];
        starts = starts[..(digits << width)];
        starts.Clear();
        foreach (ulong item in items)
        {
            uint key = (uint)(item >> KeyBits);
            for (int digit = 0; digit < digits; digit++, key >>= width)
                starts[(digit << width) + (int)(key & mask)]++;
        }
        Span<ulong> from = items, to = room[..items.Length];
        for (int digit = 0; digit < digits; digit++)
        {
            Span<int> of = starts.Slice(digit << width, 1 << width);
            int shift = KeyBits + digit * width;
            if (of[(int)(from[0] >> shift) & (int)mask] == from.Length) continue;
            int start = 0;
            foreach (ref int bucket in of) (bucket, start) = (start, start + bucket);
            foreach (ulong item in from) to[of[(int)(item >> shift) & (int)mask]++] = item;
            Span<ulong> other = from;
            from = to;
            to = other;
        }
        if (from != items) from.CopyTo(items);
    }
}
