using System.Text;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>A query, read and checked. Immutable; shared freely between threads.</summary>
internal sealed class DslQuery
{
    public required QueryOp Op { get; init; }

    public required SeriesSelector Selector { get; init; }

    /// <summary>Null: all time.</summary>
    public QueryRange? Range { get; init; }

    /// <summary>Length of the tumbling windows in store units; 0: no windows.</summary>
    public long Window { get; init; }

    /// <summary>Keys to group by; empty: all series are pooled.</summary>
    public string[] By { get; init; } = [];

    /// <summary>Where BY stands in the text, for errors that are found after reading.</summary>
    public int ByAt { get; init; }

    /// <summary>The unit of the window and of the range's integers.</summary>
    public required Precision Precision { get; init; }

    public bool HasWindows => Window > 0;

    public bool IsGrouped => By.Length > 0;

    public string Series => Encoding.UTF8.GetString(Selector.Name!);

    /// <summary>The timestamps the query means, at a reading of the clock in store units.</summary>
    public TimeRange RangeAt(long now) => Range?.At(now) ?? TimeRange.All;

    /// <summary>The shortest text that reads back as this query.</summary>
    public override string ToString() => DslPrinter.Print(this);
}
