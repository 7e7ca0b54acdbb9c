using System.Collections.Generic;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Sorting that leaves equals in their order.</summary>
internal static class StableSort
{
    public static void Sort<T>(List<T> items, IComparer<T> order)
    {
        List<(T Item, int At)> tagged = new(items.Count);
        for (int i = 0; i < items.Count; i++) tagged.Add((items[i], i));
        tagged.Sort((x, y) =>
        {
            int result = order.Compare(x.Item, y.Item);
            return result != 0 ? result : x.At.CompareTo(y.At);
        });
        for (int i = 0; i < items.Count; i++) items[i] = tagged[i].Item;
    }
}
