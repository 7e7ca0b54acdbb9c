namespace Slungd.Engine.Query;

/// <summary>How a query ended.</summary>
internal enum QueryStatus : byte
{
    Done,
    /// <summary>The limit or cursor of the request is not usable: the caller's mistake.</summary>
    BadRequest,
    /// <summary>The answer would have more windows and groups than is allowed.</summary>
    TooLarge,
    /// <summary>The time limit was reached.</summary>
    TimedOut,
    /// <summary>The caller does not want the answer any more.</summary>
    Cancelled,
}
