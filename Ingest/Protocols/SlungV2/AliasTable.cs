using System;
using System.Numerics;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Protocols.SlungV2;

/// <summary>A connection's names for series: alias to series id, open addressing in native memory under a budget that
/// all connections share. Slots are pairs of u32: alias, and what it means plus one (0 is an empty slot).</summary>
internal sealed class AliasTable : IDisposable
{
    private const int SlotBytes = 2 * sizeof(uint);
    private const int FirstSlots = 256;

    private readonly ByteBudget _budget;
    private readonly int _maxAliases;
    private readonly uint _seed; // odd; keeps a hostile client from choosing aliases that collide
    private NativeBlock? _block;
    private int _shift;
    private int _count;

    public AliasTable(ByteBudget budget, int maxAliases, uint seed)
    {
        _budget = budget;
        _maxAliases = maxAliases;
        _seed = seed | 1;
    }

    public int Count => _count;

    /// <summary>Defines or redefines. A series that could not be resolved is remembered with its reason.</summary>
    /// <returns>None; NotAllowed when there are too many aliases; Memory when the budget is used up.</returns>
    public RefusalCode Set(uint alias, SeriesId series, RefusalCode refusal)
    {
        uint meaning = refusal == RefusalCode.None ? series.Value : uint.MaxValue - (uint)refusal;
        if (_block is not null)
        {
            Span<uint> slots = Reinterpret.AsUInt32(_block.Span);
            int slot = Find(slots, alias);
            if (slots[slot + 1] != 0)
            {
                slots[slot + 1] = meaning + 1;
                return RefusalCode.None;
            }
        }
        if (_count == _maxAliases) return RefusalCode.NotAllowed;
        if (_block is null || (_count + 1) * SlotBytes > _block.Length / 2)
        {
            if (!TryGrow()) return RefusalCode.Memory;
        }
        Insert(Reinterpret.AsUInt32(_block!.Span), alias, meaning + 1);
        _count++;
        return RefusalCode.None;
    }

    /// <summary>UnknownAlias when it was never defined; the reason when its series could not be resolved; else None.
    /// </summary>
    public RefusalCode Get(uint alias, out SeriesId series)
    {
        series = SeriesId.None;
        if (_block is null) return RefusalCode.UnknownAlias;
        Span<uint> slots = Reinterpret.AsUInt32(_block.Span);
        uint stored = slots[Find(slots, alias) + 1];
        if (stored == 0) return RefusalCode.UnknownAlias;
        uint meaning = stored - 1;
        if (meaning >= uint.MaxValue - (uint)RefusalCode.Rate) return (RefusalCode)(uint.MaxValue - meaning);
        series = new SeriesId(meaning);
        return RefusalCode.None;
    }

    public void Dispose()
    {
        _block?.Dispose();
        _block = null;
        _count = 0;
    }

    /// <summary>The index of the alias' slot, or of the empty one where it belongs.</summary>
    private int Find(Span<uint> slots, uint alias)
    {
        int mask = slots.Length - 1;
        int slot = (int)((alias * _seed) >> _shift) * 2;
        while (slots[slot + 1] != 0 && slots[slot] != alias) slot = (slot + 2) & mask;
        return slot;
    }

    private void Insert(Span<uint> slots, uint alias, uint stored)
    {
        int slot = Find(slots, alias);
        slots[slot] = alias;
        slots[slot + 1] = stored;
    }

    private bool TryGrow()
    {
        NativeBlock? old = _block;
        int bytes = old is null ? FirstSlots * SlotBytes : old.Length * 2;
        NativeBlock? block = NativeBlock.TryAllocate(_budget, bytes);
        if (block is null) return false;
        block.Span.Clear();
        _block = block;
        _shift = 32 - BitOperations.Log2((uint)(bytes / SlotBytes));
        if (old is null) return true;
        Span<uint> from = Reinterpret.AsUInt32(old.Span);
        Span<uint> to = Reinterpret.AsUInt32(block.Span);
        for (int i = 0; i < from.Length; i += 2)
        {
            if (from[i + 1] != 0) Insert(to, from[i], from[i + 1]);
        }
        old.Dispose();
        return true;
    }
}
