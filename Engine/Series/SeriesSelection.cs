using System.Collections.Generic;
using Slungd.Engine.Model;

namespace Slungd.Engine.Series;

/// <summary>Answers one selector from the catalog. Two plans, both exact; the cheaper one runs: walk the shortest list
/// that every match must be in and test each of its series, or combine whole lists as bitmaps.</summary>
internal sealed class SeriesSelection
{
    // Rough costs in nanoseconds; only their ratio matters.
    private const double TestCost = 15;
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
        SelectionNode tags = SelectionNode.Compile(catalog, selector.Tags, 0);
        _root = selector.Name is null ? tags
            : new SelectionNode.And(SelectionNode.OfName(catalog, selector.Name), tags);
    }

    public void Run(List<SeriesId> into)
    {
        SelectionList necessary = _root.Necessary;
        if (necessary.Count == 0) return;
        double testing = necessary.Count * TestCost;
        double combining = _root.Listed * ListedCost + _root.Nodes * _bound * BitmapCostPerSeries;
        if (necessary.Lists is not null && testing <= combining) Test(necessary.Lists, necessary.List, into);
        else Combine(into);
    }

    private void Test(PostingLists lists, uint list, List<SeriesId> into)
    {
        PostingLists.Cursor cursor = lists.Read(list);
        while (cursor.MoveNext() && cursor.Current < _bound)
        {
            if (_root.Matches(_catalog, _records.SymbolsOf(cursor.Current))) into.Add(new SeriesId(cursor.Current));
        }
    }

    private void Combine(List<SeriesId> into)
    {
        using SeriesBitmap set = _root.Collect(_catalog, _records, _bound);
        set.CopyTo(into);
    }
}
