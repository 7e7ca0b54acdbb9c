using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Runtime.Intrinsics.X86;
using Slungd.Engine.Model;

namespace Slungd.Engine.Series;

/// <summary>Texts of a symbol table, or what is behind a common front of them, sorted bytewise without a copy of
/// them. A million is sorted by radix over the eight bytes behind what all have in common; only texts that agree there,
/// too, are compared as a whole.</summary>
internal sealed class SymbolTexts : LabelTexts, IComparer<uint>
{
    private const int RadixBits = 8;
    private const int Buckets = 1 << RadixBits;

    private readonly SymbolTable _table;
    private readonly int _skip;
    private readonly uint[] _symbols;

    /// <param name="table">Where the texts are.</param>
    /// <param name="symbols">Which of them; empty texts are left out.</param>
    /// <param name="skip">Bytes at the front that do not belong to the texts.</param>
    public SymbolTexts(SymbolTable table, List<uint> symbols, int skip)
    {
        _table = table;
        _skip = skip;
        symbols.RemoveAll(symbol => Of(symbol).IsEmpty);
        _symbols = [.. symbols];
        if (_symbols.Length > 1) Sort();
    }

    public override int Count => _symbols.Length;

    public override ReadOnlySpan<byte> this[int index] => Of(_symbols[index]);

    public int Compare(uint a, uint b) => Of(a).SequenceCompareTo(Of(b));

    private ReadOnlySpan<byte> Of(uint symbol) => _table.TextOf(symbol)[_skip..];

    private void Sort()
    {
        var keys = new ulong[_symbols.Length];
        int common = CommonFront();
        for (int i = 0; i < keys.Length; i++) keys[i] = KeyOf(Of(_symbols[i])[common..]);
        DropCommonBits(keys);
        SortByKeys(keys);
        for (int start = 0; start < keys.Length;)
        {
            int end = start + 1;
            while (end < keys.Length && keys[end] == keys[start]) end++;
            if (end - start > 1) MemoryExtensions.Sort<uint, SymbolTexts>(_symbols.AsSpan(start..end), this);
            start = end;
        }
    }

    private int CommonFront()
    {
        ReadOnlySpan<byte> common = Of(_symbols[0]);
        foreach (uint symbol in _symbols)
        {
            common = common[..common.CommonPrefixLength(Of(symbol))];
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

    /// <summary>Takes bits that all keys share out of them, where that is one instruction: their order stays, and they
    /// have fewer bytes to sort by. Digits differ in four bits.</summary>
    private static void DropCommonBits(ulong[] keys)
    {
        if (!Bmi2.X64.IsSupported) return;
        ulong differing = 0;
        foreach (ulong key in keys) differing |= key ^ keys[0];
        foreach (ref ulong key in keys.AsSpan()) key = Bmi2.X64.ParallelBitExtract(key, differing);
    }

    /// <summary>Sorts keys and symbols together, byte by byte from the last one; a byte that all keys share costs
    /// nothing.</summary>
    private void SortByKeys(ulong[] keys)
    {
        var otherKeys = new ulong[keys.Length];
        var otherSymbols = new uint[keys.Length];
        Span<int> starts = stackalloc int[Buckets];
        (ulong[] fromKeys, uint[] from) = (keys, _symbols);
        (ulong[] toKeys, uint[] to) = (otherKeys, otherSymbols);
        for (int shift = 0; shift < 64; shift += RadixBits)
        {
            starts.Clear();
            foreach (ulong key in fromKeys) starts[(int)(key >> shift) & Buckets - 1]++;
            if (starts[(int)(fromKeys[0] >> shift) & Buckets - 1] == keys.Length) continue;
            int start = 0;
            for (int i = 0; i < Buckets; i++) (starts[i], start) = (start, start + starts[i]);
            for (int i = 0; i < fromKeys.Length; i++)
            {
                int at = starts[(int)(fromKeys[i] >> shift) & Buckets - 1]++;
                toKeys[at] = fromKeys[i];
                to[at] = from[i];
            }
            (fromKeys, from, toKeys, to) = (toKeys, to, fromKeys, from);
        }
        if (fromKeys == keys) return;
        fromKeys.CopyTo(keys, 0);
        from.CopyTo(_symbols, 0);
    }
}
