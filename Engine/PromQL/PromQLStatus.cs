namespace Slungd.Engine.PromQL;

/// <summary>How a query ended.</summary>
internal enum PromQLStatus : byte
{
    Done,
    /// <summary>The text is no query, or no query for a range.</summary>
    BadQuery,
    /// <summary>Its times make no sense, or there are too many steps.</summary>
    BadTimes,
    /// <summary>The data don't fit the query, as with series that match twice.</summary>
    Failed,
    /// <summary>More samples or series than one query may hold.</summary>
    TooLarge,
    /// <summary>The time limit was reached.</summary>
    TimedOut,
    /// <summary>The caller does not want the answer any more.</summary>
    Cancelled,
    /// <summary>Too many queries run already.</summary>
    Busy,
}
