using System.Collections.Generic;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>Keys of a view's series, which the view makes anew for every call: only those that decide between equal
/// timestamps or appear in the answer are asked for, and a bounded number is kept.</summary>
internal sealed class SeriesKeyCache(SeriesView view, int capacity) : IComparer<SeriesId>
{
    private readonly Dictionary<uint, SeriesKey> _keys = [];

    public SeriesKey Of(SeriesId series)
    {
        if (_keys.TryGetValue(series.Value, out SeriesKey? key)) return key;
        if (_keys.Count >= capacity) _keys.Clear();
        key = view.KeyOf(series);
        _keys.Add(series.Value, key);
        return key;
    }

    /// <summary>By key, see <see cref="SeriesKeyOrder"/>.</summary>
    public int Compare(SeriesId a, SeriesId b) => a == b ? 0 : SeriesKeyOrder.Instance.Compare(Of(a), Of(b));
}
