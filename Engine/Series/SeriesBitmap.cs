using System;
using System.Buffers;
using System.Collections.Generic;
using System.Numerics;
using Slungd.Engine.Model;

namespace Slungd.Engine.Series;

/// <summary>A set of series ids below a bound, one bit each, in a pooled array. Dispose gives the array back.</summary>
internal readonly struct SeriesBitmap : IDisposable
{
    private readonly ulong[] _rented;
    private readonly uint _bound;

    /// <summary>An empty set.</summary>
    /// <param name="bound">Ids from here on are never in the set.</param>
    public SeriesBitmap(uint bound)
    {
        _bound = bound;
        _rented = ArrayPool<ulong>.Shared.Rent((int)((bound + 63UL) / 64));
        Words.Clear();
    }

    /// <summary>One bit per id, lowest first. Bits from the bound on are 0, but in a set that is only intersected with
    /// another one.</summary>
    public Span<ulong> Words => _rented.AsSpan(0, (int)((_bound + 63UL) / 64));

    /// <summary>Adds what the list holds below the bound.</summary>
    public void Add(PostingLists.Cursor list)
    {
        Span<ulong> words = Words;
        while (list.MoveNext())
        {
            uint id = list.Current;
            if (id >= _bound) return;
            words[(int)(id >> 6)] |= 1UL << (int)id;
        }
    }

    public void AddAll()
    {
        Words.Clear();
        Complement();
    }

    public void Add(uint id) => Words[(int)(id >> 6)] |= 1UL << (int)id;

    /// <summary>Whether the id is below the bound.</summary>
    public bool Includes(uint id) => id < _bound;

    public bool Contains(uint id) => id < _bound && (Words[(int)(id >> 6)] >> (int)id & 1) != 0;

    public int Count
    {
        get
        {
            int count = 0;
            foreach (ulong word in Words) count += BitOperations.PopCount(word);
            return count;
        }
    }

    public void Remove(uint id) => Words[(int)(id >> 6)] &= ~(1UL << (int)id);

    public void IntersectWith(SeriesBitmap other)
    {
        Span<ulong> mine = Words, theirs = other.Words;
        for (int i = 0; i < mine.Length; i++) mine[i] &= theirs[i];
    }

    public void UnionWith(SeriesBitmap other)
    {
        Span<ulong> mine = Words, theirs = other.Words;
        for (int i = 0; i < mine.Length; i++) mine[i] |= theirs[i];
    }

    /// <summary>From now on exactly the ids below the bound that were not in the set.</summary>
    public void Complement()
    {
        Span<ulong> words = Words;
        for (int i = 0; i < words.Length; i++) words[i] = ~words[i];
        if ((_bound & 63) != 0) words[^1] &= (1UL << (int)_bound) - 1;
    }

    /// <summary>Adds the members to <paramref name="into"/>, ascending.</summary>
    public void CopyTo(List<SeriesId> into)
    {
        foreach (uint id in this) into.Add(new SeriesId(id));
    }

    /// <summary>Walks the members, ascending.</summary>
    public Enumerator GetEnumerator() => new(Words);

    public void Dispose() => ArrayPool<ulong>.Shared.Return(_rented);

    internal ref struct Enumerator(ReadOnlySpan<ulong> words)
    {
        private readonly ReadOnlySpan<ulong> _words = words;
        private int _next; // word
        private ulong _rest; // of the word before it

        public uint Current { get; private set; }

        public bool MoveNext()
        {
            while (_rest == 0)
            {
                if (_next == _words.Length) return false;
                _rest = _words[_next++];
            }
            Current = (uint)((_next - 1) * 64 + BitOperations.TrailingZeroCount(_rest));
            _rest &= _rest - 1;
            return true;
        }
    }
}
