using System;
using System.Runtime.CompilerServices;
using Slungd.Native.Checks;
using Slungd.Native.Memory;

namespace Slungd.Native.HashTables;

// Contract: as SlotTable (one writer at a time, readers without a lock, a miss may be stale). A record is
// `u32 value | u16 length | bytes`, padded to 4 bytes; it is written before its slot is published and never moves.

/// <summary>Maps byte strings of up to 65,535 bytes to u32 values. Entries are only added; a hit has compared all
/// bytes.</summary>
internal sealed unsafe class ByteStringMap : IDisposable
{
    private const int HeaderBytes = 6;
    private const int Unit = 4; // references count 4-byte units, so 16 GB of records can be told apart

    private readonly SlotTable _slots;
    private readonly GrowingArray<uint> _records;

    /// <param name="budget">Pays for everything.</param>
    /// <param name="maxBytes">The most bytes of records there can be.</param>
    public ByteStringMap(ByteBudget budget, long maxBytes)
    {
        _slots = new SlotTable(budget);
        _records = new GrowingArray<uint>(budget, Math.Min(maxBytes / Unit, uint.MaxValue));
        Invariant.Check(_records.TryReserve(1));
        _records.Append(1); // reference 0 means none
    }

    public int Count => _slots.Count;

    public long CommittedBytes => _slots.CommittedBytes + _records.CommittedBytes;

    /// <summary>Finds the value of a text. Any thread; may miss what is being added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryFind(uint hash, ReadOnlySpan<byte> text, out uint value)
    {
        SlotTable.Probe probe = _slots.Find(hash);
        while (true)
        {
            uint reference = probe.Next();
            if (reference == 0)
            {
                value = 0;
                return false;
            }
            byte* record = Record(reference);
            if (*(ushort*)(record + 4) == text.Length &&
                new ReadOnlySpan<byte>(record + HeaderBytes, text.Length).SequenceEqual(text))
            {
                value = *(uint*)record;
                return true;
            }
        }
    }

    /// <summary>First step of a batch of lookups: starts loading the slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchSlot(uint hash) => _slots.Prefetch(hash);

    /// <summary>Second step, once the slot has come: starts loading the record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchRecord(uint hash)
    {
        SlotTable.Probe probe = _slots.Find(hash);
        _records.Prefetch(probe.Next()); // record 0 is harmless
    }

    /// <summary>The bytes of the entry that <see cref="Store"/> gave this reference.</summary>
    public ReadOnlySpan<byte> TextOf(uint reference)
    {
        byte* record = Record(reference);
        return new ReadOnlySpan<byte>(record + HeaderBytes, *(ushort*)(record + 4));
    }

    /// <summary>Starts loading the entry that <see cref="Store"/> gave this reference, and the next 32 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(uint reference)
    {
        _records.Prefetch(reference);
        _records.Prefetch(reference + 32L / Unit); // mostly the same line: that costs nothing
    }

    /// <summary>Makes room for <paramref name="entries"/> entries of together <paramref name="bytes"/> bytes; false,
    /// with nothing added, when the budget has none.</summary>
    public bool TryReserve(int entries, long bytes) =>
        _slots.TryReserve(entries) &&
        _records.TryReserve((bytes + (long)entries * (HeaderBytes + Unit - 1)) / Unit + 1);

    /// <summary>Stores an entry for which room was reserved; nobody finds it before <see cref="Publish"/>.</summary>
    /// <returns>Its reference.</returns>
    public uint Store(ReadOnlySpan<byte> text, uint value)
    {
        Invariant.Check(text.Length <= ushort.MaxValue);
        uint reference = (uint)_records.Append((HeaderBytes + text.Length + Unit - 1) / Unit);
        byte* record = Record(reference);
        *(uint*)record = value;
        *(ushort*)(record + 4) = (ushort)text.Length;
        text.CopyTo(new Span<byte>(record + HeaderBytes, text.Length));
        return reference;
    }

    /// <summary>Lets readers find a stored entry, whose text was not in the map before.</summary>
    public void Publish(uint hash, uint reference) => _slots.Add(hash, reference);

    public void Dispose()
    {
        _slots.Dispose();
        _records.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* Record(uint reference) => (byte*)(_records.First + reference);
}
