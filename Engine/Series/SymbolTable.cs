using System;
using Slungd.Native.HashTables;
using Slungd.Native.Memory;

namespace Slungd.Engine.Series;

/// <summary>Keeps each distinct text once, in native memory, under a dense u32 symbol from 0. One writer at a time; any
/// thread reads without a lock, and may miss a text that is being added.</summary>
internal sealed class SymbolTable : IDisposable
{
    private readonly ByteStringMap _map;
    private readonly GrowingArray<uint> _references;
    private readonly HashFunction _hash;

    /// <param name="budget">Pays for everything.</param>
    /// <param name="hash">The function of the tables.</param>
    public SymbolTable(ByteBudget budget, HashFunction hash)
    {
        _hash = hash;
        _map = new ByteStringMap(budget, budget.Limit);
        _references = new GrowingArray<uint>(budget, budget.Limit / sizeof(uint));
    }

    /// <summary>How many symbols there are; they are the numbers below it.</summary>
    public int Count => _map.Count;

    public long CommittedBytes => _map.CommittedBytes + _references.CommittedBytes;

    public bool TryFind(ReadOnlySpan<byte> text, out uint symbol) =>
        _map.TryFind((uint)_hash.Of(text), text, out symbol);

    /// <summary>The text of a symbol.</summary>
    public ReadOnlySpan<byte> TextOf(uint symbol) => _map.TextOf(_references[symbol]);

    /// <summary>Where the text of a symbol is: without the symbol's look-up it is found in one step.</summary>
    public uint ReferenceOf(uint symbol) => _references[symbol];

    /// <summary>The text with this reference.</summary>
    public ReadOnlySpan<byte> TextAt(uint reference) => _map.TextOf(reference);

    /// <summary>Starts loading the text with this reference.</summary>
    public void PrefetchAt(uint reference) => _map.Prefetch(reference);

    /// <summary>Makes room for texts of together so many bytes; false when the budget has none.</summary>
    public bool TryReserve(int texts, long bytes) => _map.TryReserve(texts, bytes) && _references.TryReserve(texts);

    /// <summary>Adds a text that is not yet there and for which room was reserved.</summary>
    /// <returns>Its symbol.</returns>
    public uint Add(ReadOnlySpan<byte> text)
    {
        uint symbol = (uint)_references.Count;
        uint reference = _map.Store(text, symbol);
        _references.Add(reference);
        _map.Publish((uint)_hash.Of(text), reference); // last: who finds the symbol may ask for its text at once
        return symbol;
    }

    public void Dispose()
    {
        _map.Dispose();
        _references.Dispose();
    }
}
