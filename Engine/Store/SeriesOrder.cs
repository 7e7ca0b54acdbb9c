using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.Series;

namespace Slungd.Engine.Store;

/// <summary>The series in the order of their canonical keys, which is the order of a segment. Sorting keys is the dear
/// part of a flush of many series, so the order is kept and only new series are sorted in. One thread.</summary>
internal sealed class SeriesOrder(SeriesRegistry registry)
{
    private uint[] _byKey = [];
    private ulong[] _wanted = []; // a bit for each id
    private byte[] _buffer = [];

    /// <summary>Sorts ids by key.</summary>
    public void Sort(List<SeriesId> ids)
    {
        int known = registry.Count;
        if (known > _byKey.Length) SortIn(known);
        // A few of many: sorting them beats walking all.
        if ((long)ids.Count * 64 < _byKey.Length)
        {
            SortFew(ids);
            return;
        }
        int words = (_byKey.Length + 63) / 64;
        if (_wanted.Length < words) _wanted = new ulong[words];
        foreach (SeriesId id in ids) _wanted[id.Value >> 6] |= 1UL << (int)id.Value;
        ids.Clear();
        foreach (uint id in _byKey)
            if ((_wanted[id >> 6] >> (int)id & 1) != 0) ids.Add(new SeriesId(id));
        Array.Clear(_wanted, 0, words);
    }

    private void SortFew(List<SeriesId> ids)
    {
        var keys = new byte[ids.Count][];
        for (int i = 0; i < keys.Length; i++) keys[i] = KeyOf(ids[i].Value);
        SeriesId[] sorted = [.. ids];
        Array.Sort(keys, sorted, ByBytes);
        ids.Clear();
        ids.AddRange(sorted);
    }

    private void SortIn(int known)
    {
        var fresh = new uint[known - _byKey.Length];
        var keys = new byte[fresh.Length][];
        for (int i = 0; i < fresh.Length; i++)
        {
            fresh[i] = (uint)(_byKey.Length + i);
            keys[i] = KeyOf(fresh[i]);
        }
        Array.Sort(keys, fresh, ByBytes);
        var merged = new uint[known];
        int from = 0, to = 0;
        for (int i = 0; i < fresh.Length; i++)
        {
            int end = Position(keys[i], from);
            Array.Copy(_byKey, from, merged, to, end - from);
            to += end - from;
            merged[to++] = fresh[i];
            from = end;
        }
        Array.Copy(_byKey, from, merged, to, _byKey.Length - from);
        _byKey = merged;
    }

    /// <summary>Where a new key belongs among those already in order.</summary>
    private int Position(byte[] key, int low)
    {
        int count = _byKey.Length - low;
        while (count > 0)
        {
            int half = count >> 1;
            var middle = new SeriesId(_byKey[low + half]);
            bool below = registry.CanonicalBytesOf(middle, ref _buffer).SequenceCompareTo(key) < 0;
            low = below ? low + half + 1 : low;
            count = below ? count - half - 1 : half;
        }
        return low;
    }

    private byte[] KeyOf(uint id) => registry.CanonicalBytesOf(new SeriesId(id), ref _buffer).ToArray();

    private static readonly Comparer<byte[]> ByBytes =
        Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b));
}
