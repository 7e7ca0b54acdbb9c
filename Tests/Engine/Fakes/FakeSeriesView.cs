using System;
using System.Collections.Generic;
using Slungd.Engine.Model;

namespace Slungd.Tests.Engine.Fakes;

/// <summary>A snapshot of a <see cref="FakeSeriesReader"/>.</summary>
internal sealed class FakeSeriesView(FakeSeriesReader owner, List<FrozenSeries> series, int blockLength) : SeriesView
{
    private bool _disposed;

    public override void Select(SeriesSelector selector, TimeRange range, List<SeriesId> into)
    {
        for (int i = 0; i < series.Count; i++)
            if (selector.Matches(series[i].Key)) into.Add(new SeriesId((uint)i));
    }

    public override SeriesKey KeyOf(SeriesId id) => series[(int)id.Value].Key;

    public override ValueFamily FamilyOf(SeriesId id) => series[(int)id.Value].Family;

    public override SeriesCursor Open(SeriesId id, TimeRange range, bool acceptSummaries, SeriesCursor? reuse = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        FakeSeriesCursor cursor = reuse as FakeSeriesCursor ?? new FakeSeriesCursor(owner, blockLength);
        cursor.Start(series[(int)id.Value], range, acceptSummaries);
        return cursor;
    }

    public override void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        owner.OpenViews--;
    }
}
