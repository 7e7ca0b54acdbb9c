using System;
using System.Collections.Generic;

namespace Slungd.Engine.Model;

/// <summary>The order of series that answers are in: by name, then tag by tag, bytewise. Unlike ids it outlives the
/// process.</summary>
internal sealed class SeriesKeyOrder : IComparer<SeriesKey>
{
    public static readonly SeriesKeyOrder Instance = new();

    public int Compare(SeriesKey? a, SeriesKey? b)
    {
        int order = a!.NameBytes.AsSpan().SequenceCompareTo(b!.NameBytes);
        if (order != 0) return order;
        int common = Math.Min(a.TagBytes.Length, b.TagBytes.Length);
        for (int i = 0; i < common; i++)
        {
            order = a.TagBytes[i].AsSpan().SequenceCompareTo(b.TagBytes[i]);
            if (order != 0) return order;
        }
        return a.TagBytes.Length.CompareTo(b.TagBytes.Length);
    }
}
