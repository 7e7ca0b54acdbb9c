using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using System.Threading;
using Slungd.Native.Checks;
using Slungd.Native.Memory;

namespace Slungd.Native.HashTables;

// Contract: owns its slots until Dispose. One thread at a time reserves and adds; any thread probes without a lock.
// A slot is published by one release store. Growing publishes a new range of slots and gives the old one's memory
// back at once: a reader still in the old range sees empty slots, that is a miss, and misses are asked again under the
// writer's lock. So a probe may miss what exists, but never finds what does not.

/// <summary>An open-addressing table of 32-bit references by 32-bit hash. Which of the references under one hash is
/// meant the caller finds out by looking at what they refer to.</summary>
internal sealed unsafe class SlotTable : IDisposable
{
    private const int MinCapacity = 512;
    private const int MaxCapacity = 1 << 30;

    private readonly ByteBudget _budget;
    private readonly List<ReservedMemory> _retired = [];
    private Slots _slots;
    private int _count;

    public SlotTable(ByteBudget budget)
    {
        _budget = budget;
        Slots? slots = Slots.TryCreate(budget, MinCapacity);
        if (slots is null) Throw.Fatal($"cannot get {MinCapacity * sizeof(ulong)} bytes of {budget.Limit} for a table");
        _slots = slots;
    }

    public int Count => Volatile.Read(ref _count);

    public long CommittedBytes => _slots.Memory.Committed;

    /// <summary>Starts a probe; <see cref="Probe.Next"/> gives the candidates.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Probe Find(uint hash)
    {
        Slots slots = Volatile.Read(ref _slots);
        return new Probe(slots, hash);
    }

    /// <summary>Starts loading the cache line where a probe for this hash begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(uint hash)
    {
        Slots slots = Volatile.Read(ref _slots);
        if (Sse.IsSupported) Sse.Prefetch0(slots.First + (hash & slots.Mask));
    }

    /// <summary>Makes room for <paramref name="more"/> references; false when the budget has none.</summary>
    public bool TryReserve(int more)
    {
        long need = (long)_count + more;
        long capacity = (long)_slots.Mask + 1;
        if (need * 4 <= capacity * 3) return true;
        long larger = capacity;
        while (need * 4 > larger * 3) larger *= 2;
        if (larger <= MaxCapacity && TryGrow((int)larger)) return true;
        return need * 8 <= capacity * 7; // short of memory: fill up further before refusing
    }

    /// <summary>Adds a reference (not 0) for which room was reserved, and publishes it.</summary>
    public void Add(uint hash, uint reference)
    {
        Invariant.Check(reference != 0);
        Invariant.Check(_count < _slots.Mask);
        Place(_slots, (ulong)hash << 32 | reference);
        Volatile.Write(ref _count, _count + 1);
    }

    public void Dispose()
    {
        _slots.Memory.Dispose();
        foreach (ReservedMemory memory in _retired) memory.Dispose();
    }

    private bool TryGrow(int capacity)
    {
        Slots? larger = Slots.TryCreate(_budget, capacity);
        if (larger is null) return false;
        Slots old = _slots;
        for (long i = 0; i <= old.Mask; i++)
        {
            if (old.First[i] != 0) Place(larger, old.First[i]);
        }
        Volatile.Write(ref _slots, larger);
        old.Memory.ReleaseToZeros();
        _retired.Add(old.Memory);
        return true;
    }

    private static void Place(Slots slots, ulong slot)
    {
        uint index = (uint)(slot >> 32) & slots.Mask;
        while (slots.First[index] != 0) index = (index + 1) & slots.Mask;
        Volatile.Write(ref slots.First[index], slot);
    }

    /// <summary>One published range of slots: hash in the high half, reference in the low half, 0 is empty. The home
    /// of a slot is its hash modulo the capacity, so growing needs nothing but the slots.</summary>
    internal sealed class Slots
    {
        public readonly ulong* First;
        public readonly uint Mask;
        public readonly ReservedMemory Memory;

        private Slots(ReservedMemory memory, int capacity)
        {
            Memory = memory;
            First = (ulong*)memory.Base;
            Mask = (uint)capacity - 1;
        }

        /// <summary>Null when the budget or the kernel has no more.</summary>
        public static Slots? TryCreate(ByteBudget budget, int capacity)
        {
            long bytes = (long)capacity * sizeof(ulong);
            ReservedMemory? memory = ReservedMemory.TryReserve(budget, bytes);
            if (memory is null) return null;
            if (memory.TryCommit(bytes)) return new Slots(memory, capacity);
            memory.Dispose();
            return null;
        }
    }

    /// <summary>Walks the references stored under one hash.</summary>
    internal struct Probe
    {
        private readonly ulong* _first;
        private readonly uint _mask;
        private readonly uint _hash;
        private uint _index;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Probe(Slots slots, uint hash)
        {
            _first = slots.First;
            _mask = slots.Mask;
            _hash = hash;
            _index = hash & slots.Mask;
        }

        /// <summary>The next reference, 0 at the end.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public uint Next()
        {
            while (true)
            {
                ulong slot = Volatile.Read(ref _first[_index]);
                if (slot == 0) return 0;
                _index = (_index + 1) & _mask;
                if ((uint)(slot >> 32) == _hash) return (uint)slot;
            }
        }
    }
}
