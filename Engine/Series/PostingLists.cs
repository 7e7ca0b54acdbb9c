using System;
using System.Threading;
using Slungd.Native.Bits;
using Slungd.Native.Checks;
using Slungd.Native.Memory;

namespace Slungd.Engine.Series;

/// <summary>Many ascending lists of u32 ids in native memory. One writer at a time appends; any thread reads without a
/// lock and sees every id that was appended before it began, and perhaps later ones.</summary>
/// <remarks>A list's first id stands in its head, since most lists of a busy store have only one. The others live in a
/// chain of blocks: `u32 next | u32 first | u32 last | u16 used, u16 capacity | LEB128 deltas`. Nothing that was
/// published is ever rewritten.</remarks>
internal sealed class PostingLists : IDisposable
{
    private const int HeaderWords = 4;
    private const int FirstAt = 1;
    private const int LastAt = 2;
    private const int StateAt = 3;
    private const int MinPayloadBytes = 16;
    private const int MaxPayloadBytes = 512; // the header is 3 % of it, and at most this much is unused per list

    private readonly GrowingArray<ListHead> _lists;
    private readonly GrowingArray<uint> _words;

    /// <param name="budget">Pays for everything.</param>
    public PostingLists(ByteBudget budget)
    {
        _lists = new GrowingArray<ListHead>(budget, budget.Limit / 16);
        _words = new GrowingArray<uint>(budget, Math.Min(budget.Limit / sizeof(uint), uint.MaxValue));
        Invariant.Check(_words.TryReserve(1));
        _words.Append(1); // block 0 means none
    }

    public long CommittedBytes => _lists.CommittedBytes + _words.CommittedBytes;

    /// <summary>Makes room for new lists and for appends to any list; false when the budget has none.</summary>
    public bool TryReserve(int lists, int appends) =>
        _lists.TryReserve(lists) && _words.TryReserve((long)appends * (HeaderWords + MaxPayloadBytes / sizeof(uint)));

    /// <summary>Adds an empty list for which room was reserved; lists are numbered from 0.</summary>
    public void AddList() => _lists.Append(1);

    /// <summary>How many ids the list has.</summary>
    public uint CountOf(uint list) => Volatile.Read(ref _lists[list].Count);

    /// <summary>True when <paramref name="id"/> is the id appended last. Writer only.</summary>
    public bool EndsWith(uint list, uint id)
    {
        ref ListHead head = ref _lists[list];
        return head.Count > 0 && id == (head.Tail == 0 ? head.First : _words[head.Tail + LastAt]);
    }

    /// <summary>Appends an id above all others of the list; room for it was reserved.</summary>
    public void Append(uint list, uint id)
    {
        ref ListHead head = ref _lists[list];
        if (head.Count == 0) head.First = id;
        else if (head.Tail == 0)
        {
            DebugCheck.That(id > head.First);
            head.Tail = AddBlock(id, MinPayloadBytes);
            Volatile.Write(ref head.Head, head.Tail);
        }
        else AppendToTail(ref head, id);
        Volatile.Write(ref head.Count, head.Count + 1);
    }

    /// <summary>Whether any id of the list is in a set. Most often the first one is.</summary>
    public bool HasAny(uint list, SeriesBitmap set)
    {
        ref ListHead head = ref _lists[list];
        if (Volatile.Read(ref head.Count) == 0) return false;
        if (set.Contains(head.First)) return true;
        if (Volatile.Read(ref head.Head) == 0) return false;
        Cursor cursor = Read(list);
        while (cursor.MoveNext())
            if (set.Contains(cursor.Current)) return true;
        return false;
    }

    /// <summary>Reads a list from its start.</summary>
    public Cursor Read(uint list) => new(this, list);

    public void Dispose()
    {
        _lists.Dispose();
        _words.Dispose();
    }

    private void AppendToTail(ref ListHead head, uint id)
    {
        uint last = _words[head.Tail + LastAt];
        DebugCheck.That(id > last);
        Span<byte> delta = stackalloc byte[Varint.MaxLength];
        int length = Varint.Write(delta, id - last);
        uint state = _words[head.Tail + StateAt];
        int used = (int)(state & 0xffff), capacity = (int)(state >> 16);
        if (used + length <= capacity)
        {
            delta[..length].CopyTo(_words.Bytes(head.Tail + HeaderWords, capacity)[used..]);
            _words[head.Tail + LastAt] = id;
            Volatile.Write(ref _words[head.Tail + StateAt], state + (uint)length);
            return;
        }
        uint block = AddBlock(id, Math.Min(capacity * 2, MaxPayloadBytes));
        Volatile.Write(ref _words[head.Tail], block);
        head.Tail = block;
    }

    private uint AddBlock(uint first, int payloadBytes)
    {
        uint block = (uint)_words.Append(HeaderWords + payloadBytes / sizeof(uint));
        _words[block + FirstAt] = first;
        _words[block + LastAt] = first;
        _words[block + StateAt] = (uint)payloadBytes << 16;
        return block;
    }

    private struct ListHead
    {
        public uint Count;
        public uint First;
        public uint Head;
        public uint Tail;
    }

    /// <summary>Walks one list, ascending, without allocating.</summary>
    internal ref struct Cursor
    {
        private readonly GrowingArray<uint> _words;
        private ReadOnlySpan<byte> _payload;
        private int _at;
        private uint _next;
        private uint _id;
        private bool _hasFirst;

        public Cursor(PostingLists lists, uint list)
        {
            _words = lists._words;
            ref ListHead head = ref lists._lists[list];
            _hasFirst = Volatile.Read(ref head.Count) > 0;
            _id = head.First;
            _next = Volatile.Read(ref head.Head);
        }

        public readonly uint Current => _id;

        public bool MoveNext()
        {
            if (_hasFirst)
            {
                _hasFirst = false;
                return true;
            }
            if (_at < _payload.Length)
            {
                uint delta = _payload[_at++];
                if (delta >= 0x80) delta = ReadLong(delta);
                _id += delta;
                return true;
            }
            return MoveToBlock();
        }

        private uint ReadLong(uint delta)
        {
            delta &= 0x7f;
            for (int shift = 7; ; shift += 7)
            {
                uint part = _payload[_at++];
                delta |= (part & 0x7f) << shift;
                if (part < 0x80) return delta;
            }
        }

        private bool MoveToBlock()
        {
            if (_next == 0) return false;
            uint block = _next;
            _id = _words[block + FirstAt];
            // The link before the length: once a block has a successor, its own length is final.
            _next = Volatile.Read(ref _words[block]);
            uint used = Volatile.Read(ref _words[block + StateAt]) & 0xffff;
            _payload = _words.Bytes(block + HeaderWords, (int)used);
            _at = 0;
            return true;
        }
    }
}
