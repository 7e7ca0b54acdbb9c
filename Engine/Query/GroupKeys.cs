using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>Sorts series into groups by the values of the BY keys. A series without a key belongs to the group whose
/// value is null, which is not the group of the empty value (`host=`).</summary>
internal sealed class GroupKeys
{
    private readonly byte[][] _keys;
    private readonly Dictionary<byte[], int> _groups = new(BytesComparer.Instance);
    private readonly List<byte[]?[]> _values = [];
    private readonly ArrayBufferWriter<byte> _scratch = new();

    public GroupKeys(string[] by)
    {
        _keys = Array.ConvertAll(by, Encoding.UTF8.GetBytes);
    }

    public int Count => _values.Count;

    /// <summary>The group of a series, counted from 0 in order of first sight.</summary>
    public int GroupOf(SeriesKey series)
    {
        _scratch.ResetWrittenCount();
        foreach (byte[] key in _keys)
        {
            bool found = series.TryGetTagValue(key, out ReadOnlySpan<byte> value);
            BinaryPrimitives.WriteInt32LittleEndian(_scratch.GetSpan(4), found ? value.Length : -1);
            _scratch.Advance(4);
            _scratch.Write(value);
        }
        var known = _groups.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (known.TryGetValue(_scratch.WrittenSpan, out int group)) return group;
        _groups.Add(_scratch.WrittenSpan.ToArray(), Count);
        byte[]?[] values = new byte[]?[_keys.Length];
        for (int i = 0; i < values.Length; i++)
            if (series.TryGetTagValue(_keys[i], out ReadOnlySpan<byte> value)) values[i] = value.ToArray();
        _values.Add(values);
        return Count - 1;
    }

    /// <summary>The values of a group, one per key.</summary>
    public byte[]?[] ValuesOf(int group) => _values[group];

    /// <summary>The values of a group as text, one per key.</summary>
    public string?[] TextOf(int group) =>
        Array.ConvertAll(_values[group], static value => value is null ? null : Encoding.UTF8.GetString(value));

    /// <summary>Orders groups by their values, key by key, bytewise; null before everything.</summary>
    public int Compare(int a, int b)
    {
        for (int i = 0; i < _keys.Length; i++)
        {
            byte[]? x = _values[a][i], y = _values[b][i];
            int order = x is null || y is null ? (x is null ? 0 : 1) - (y is null ? 0 : 1)
                : x.AsSpan().SequenceCompareTo(y);
            if (order != 0) return order;
        }
        return 0;
    }
}
