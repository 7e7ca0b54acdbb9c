using System.Collections.Generic;
using Slungd.Engine.Model;

namespace Slungd.Engine.Series;

/// <summary>Answers one selector from the catalog. Two plans, both exact; the cheaper one runs: walk the shortest list
/// that every match must be in and test each of its series, or combine whole lists as bitmaps.</summary>
internal sealed class SeriesSelection
{
    // Rough costs in nanoseconds; only their ratio matters.
    private const double TestCost = 15;
    private const double PatternCost = 40; // of one regular expression on one text
    private const double ListedCost = 1.5;
    private const double BitmapCostPerSeries = 1.0 / 32;

    private readonly TagCatalog _catalog;
    private readonly SeriesRecords _records;
    private readonly SelectionNode _root;
    // Read once, first: lists may show later series half entered, and those are cut off everywhere.
    private readonly uint _bound;

    public SeriesSelection(TagCatalog catalog, SeriesRecords records, SeriesSelector selector)
    {
        _catalog = catalog;
        _records = records;
        _bound = records.Count;
        SelectionNode tags = SelectionNode.Compile(catalog, selector.Tags, selector.Look, 0);
        _root = selector.Name is null ? tags
            : new SelectionNode.And(SelectionNode.OfName(catalog, selector.Name), tags);
    }

    public void Run(List<SeriesId> into)
    {
        SelectionList necessary = _root.Necessary;
        if (necessary.Count == 0) return;
        if (IsTestCheaper(necessary))
        {
            Test(necessary.Lists!, necessary.List, into);
            return;
        }
        using SeriesBitmap set = Collect();
        set.CopyTo(into);
    }

    /// <summary>All matches as a set, which the caller disposes.</summary>
    /// <param name="bound">Ids from here on are not in it.</param>
    public SeriesBitmap RunToSet(out uint bound)
    {
        bound = _bound;
        SelectionList necessary = _root.Necessary;
        if (necessary.Count > 0 && !IsTestCheaper(necessary)) return Collect();
        var found = new List<SeriesId>();
        Run(found);
        var set = new SeriesBitmap(_bound);
        foreach (SeriesId series in found) set.Add(series.Value);
        return set;
    }

    private bool IsTestCheaper(in SelectionList necessary)
    {
        double testing = necessary.Count * (TestCost + _root.Patterns * PatternCost);
        double combining = _root.Listed * ListedCost + _root.Nodes * _bound * BitmapCostPerSeries +
            _root.Compared * PatternCost;
        return necessary.Lists is not null && testing <= combining;
    }

    private void Test(PostingLists lists, uint list, List<SeriesId> into)
    {
        _root.Prepare(lists.CountOf(list));
        PostingLists.Cursor cursor = lists.Read(list);
        while (cursor.MoveNext() && cursor.Current < _bound)
        {
            if (_root.Matches(_catalog, _records.SymbolsOf(cursor.Current))) into.Add(new SeriesId(cursor.Current));
        }
    }

    private SeriesBitmap Collect()
    {
        _root.Prepare(long.MaxValue);
        return _root.Collect(_catalog, _records, _bound);
    }
}
