using System;
using Slungd.Native.Bits;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Protocols;

/// <summary>Series by the bytes that a sender repeats: finds a line by its key and a field by its name, without taking
/// either apart. In native memory under a budget that all caches share; where that ends nothing more is remembered,
/// until so much is missed that it begins anew. One thread at a time.</summary>
/// <param name="budget">Pays for everything.</param>
/// <param name="seed">Keeps strangers from choosing keys that collide.</param>
internal sealed class LineCache(ByteBudget budget, ulong seed) : IDisposable
{
    /// <summary>Longer texts are not remembered: they would push out many short ones.</summary>
    private const int MaxTextBytes = 4096;

    private const int EntryBytes = 24;
    private const int FirstBytes = 4096;
    private const int MaxBytes = 1 << 28; // of each block

    private NativeBlock? _entries;
    private NativeBlock? _texts;
    private NativeBlock? _slots; // u32 each: an entry, 0 for none; at least twice as many as entries
    private int _count = 1; // entry 0 is none
    private int _textBytes;
    private int _forgotten; // that found no room since it began anew

    /// <summary>Entries that are remembered.</summary>
    public int Count => _count - 1;

    /// <summary>The entries, by their numbers. Dead after the next call of <see cref="Add(int, ReadOnlySpan{byte},
    /// uint)"/>.</summary>
    public Span<LineEntry> Entries => _entries is null ? [] : Reinterpret.AsMany<LineEntry>(_entries.Span);

    /// <summary>What the entries' texts lie in. Dead after the next call of <see cref="Add(int, ReadOnlySpan{byte},
    /// uint)"/>.</summary>
    public ReadOnlySpan<byte> Texts => _texts is null ? [] : _texts.Span;

    /// <summary>What is remembered is of no more use: most of what comes is not among it. It begins anew when a text
    /// without an owner is added then, or by <see cref="Clear"/>.</summary>
    public bool IsOutgrown => _forgotten / 2 > _count;

    /// <summary>The entry of a text; 0 when it is not remembered.</summary>
    /// <param name="owner">0 for a line's key; the line for the name of a field; whatever tells apart what the caller
    /// keeps.</param>
    /// <param name="text">The bytes that were sent.</param>
    public int Find(int owner, ReadOnlySpan<byte> text)
    {
        if (_slots is null) return 0;
        Span<uint> slots = Reinterpret.AsUInt32(_slots.Span);
        return (int)slots[FindSlot(slots, owner, text)];
    }

    /// <summary>Remembers a text that is not there.</summary>
    /// <returns>Its entry; 0 when there is no room.</returns>
    public int Add(int owner, ReadOnlySpan<byte> text, uint series) => Add(owner, text, series, []);

    /// <summary>The same for a text with several series: <see cref="SeriesOf"/>.</summary>
    public int Add(int owner, ReadOnlySpan<byte> text, ReadOnlySpan<uint> series) =>
        Add(owner, text, (uint)series.Length, series);

    /// <summary>The series of an entry with several. Dead after the next call of <see cref="Add(int,
    /// ReadOnlySpan{byte}, uint)"/>.</summary>
    public ReadOnlySpan<uint> SeriesOf(int entry)
    {
        ref readonly LineEntry own = ref Entries[entry];
        ReadOnlySpan<byte> behind = Texts.Slice(Aligned(own.Start + own.Length), (int)own.Series * sizeof(uint));
        return Reinterpret.AsMany<uint>(behind);
    }

    private int Add(int owner, ReadOnlySpan<byte> text, uint series, ReadOnlySpan<uint> behind)
    {
        if (text.Length > MaxTextBytes) return 0;
        if (!TryReserve(text.Length + sizeof(uint) + behind.Length * sizeof(uint)))
        {
            _forgotten++;
            if (IsOutgrown && owner == 0) Clear();
            return 0;
        }
        text.CopyTo(_texts!.Span[_textBytes..]);
        int entry = _count++;
        Entries[entry] = new LineEntry { Start = _textBytes, Length = text.Length, Owner = owner, Series = series };
        _textBytes += text.Length;
        if (!behind.IsEmpty)
        {
            Reinterpret.AsBytes(behind).CopyTo(_texts.Span[Aligned(_textBytes)..]);
            _textBytes = Aligned(_textBytes) + behind.Length * sizeof(uint);
        }
        Span<uint> slots = Reinterpret.AsUInt32(_slots!.Span);
        slots[FindSlot(slots, owner, text)] = (uint)entry;
        return entry;
    }

    /// <summary>Remembers nothing more, and begins anew.</summary>
    public void Clear()
    {
        (_count, _textBytes, _forgotten) = (1, 0, 0);
        _slots?.Span.Clear();
        _entries?.Span.Clear(); // somebody may still go from one to its next
    }

    public void Dispose()
    {
        _entries?.Dispose();
        _texts?.Dispose();
        _slots?.Dispose();
        _entries = _texts = _slots = null;
        (_count, _textBytes) = (1, 0);
    }

    private static int Aligned(int at) => (at + sizeof(uint) - 1) & -sizeof(uint);

    /// <summary>The slot of the text, or the empty one where it belongs.</summary>
    private int FindSlot(Span<uint> slots, int owner, ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<LineEntry> entries = Entries;
        ReadOnlySpan<byte> texts = Texts;
        int slot = (int)Hash64.Of(text, seed ^ (ulong)owner << 32) & (slots.Length - 1);
        while (slots[slot] != 0)
        {
            LineEntry entry = entries[(int)slots[slot]];
            if (entry.Owner == owner && texts.Slice(entry.Start, entry.Length).SequenceEqual(text)) break;
            slot = (slot + 1) & (slots.Length - 1);
        }
        return slot;
    }

    private bool TryReserve(int textBytes)
    {
        if (!NativeBlock.TryGrow(ref _texts, budget, _textBytes + textBytes, MaxBytes)) return false;
        if (!NativeBlock.TryGrow(ref _entries, budget, (_count + 1) * EntryBytes, MaxBytes)) return false;
        int slotBytes = (_count + 1) * 2 * sizeof(uint);
        if (_slots is not null && slotBytes <= _slots.Length) return true;
        NativeBlock? slots = NativeBlock.TryAllocate(budget, _slots is null ? FirstBytes : _slots.Length * 2);
        if (slots is null) return false;
        slots.Span.Clear();
        _slots?.Dispose();
        _slots = slots;
        Span<uint> to = Reinterpret.AsUInt32(slots.Span);
        for (int i = 1; i < _count; i++)
        {
            LineEntry entry = Entries[i];
            to[FindSlot(to, entry.Owner, Texts.Slice(entry.Start, entry.Length))] = (uint)i;
        }
        return true;
    }
}
