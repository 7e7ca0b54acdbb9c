using System;
using Slungd.Engine.Model;
using Slungd.Native.Checks;

namespace Slungd.Engine.Segments;

/// <summary>Where the series of this process lie in a segment's key order. Immutable; segments with the same keys share
/// one (<see cref="SegmentFooter.KeysHash"/>), so that a thousand segments of the same series cost one table.</summary>
internal sealed class SeriesMap
{
    private readonly uint[] _ids; // ascending
    private readonly int[]? _positions; // of each id; null when the ids ascend in key order, too

    private SeriesMap(uint[] ids, int[]? positions)
    {
        _ids = ids;
        _positions = positions;
    }

    public int Count => _ids.Length;

    /// <param name="idsInKeyOrder">The id of each series of the segment; None for those that can't be shown.</param>
    public static SeriesMap Of(ReadOnlySpan<SeriesId> idsInKeyOrder)
    {
        int hidden = 0;
        bool ascending = true;
        for (int i = 0; i < idsInKeyOrder.Length; i++)
        {
            if (idsInKeyOrder[i] == SeriesId.None) hidden++;
            if (i > 0 && idsInKeyOrder[i].Value <= idsInKeyOrder[i - 1].Value) ascending = false;
        }
        var ids = new uint[idsInKeyOrder.Length - hidden];
        if (ascending && hidden == 0)
        {
            for (int i = 0; i < ids.Length; i++) ids[i] = idsInKeyOrder[i].Value;
            return new SeriesMap(ids, null);
        }
        var positions = new int[ids.Length];
        int count = 0;
        for (int i = 0; i < idsInKeyOrder.Length; i++)
        {
            if (idsInKeyOrder[i] == SeriesId.None) continue;
            ids[count] = idsInKeyOrder[i].Value;
            positions[count++] = i;
        }
        Array.Sort(ids, positions);
        for (int i = 1; i < ids.Length; i++) Invariant.Check(ids[i] != ids[i - 1]);
        return new SeriesMap(ids, positions);
    }

    /// <summary>The series of an index below the count, ascending, and its position in the segment's key
    /// order.</summary>
    public uint At(int index, out int position)
    {
        position = _positions is null ? index : _positions[index];
        return _ids[index];
    }

    /// <summary>The position of a series in the segment's key order, or -1.</summary>
    public int PositionOf(SeriesId series)
    {
        int low = 0, count = _ids.Length;
        while (count > 0)
        {
            int half = count >> 1;
            bool below = _ids[low + half] < series.Value;
            low = below ? low + half + 1 : low;
            count = below ? count - half - 1 : half;
        }
        if (low == _ids.Length || _ids[low] != series.Value) return -1;
        return _positions is null ? low : _positions[low];
    }

    /// <summary>The id of each series, in the segment's key order. Only of a segment that shows them all.</summary>
    public uint[] IdsInKeyOrder()
    {
        if (_positions is null) return _ids;
        var ids = new uint[_ids.Length];
        for (int i = 0; i < ids.Length; i++) ids[_positions[i]] = _ids[i];
        return ids;
    }

    /// <summary>The ids of all series, ascending.</summary>
    public ReadOnlySpan<uint> Ids => _ids;
}
