namespace Slungd.Ingest.Hosting.Loads;

/// <summary>What `slungd bench` speaks.</summary>
internal enum LoadProtocol : byte
{
    /// <summary>slung.v2 ROWS: many events a message.</summary>
    Rows,
    /// <summary>slung.v2 COLUMNS with a timestamp for every point.</summary>
    Columns,
    /// <summary>slung.v2 COLUMNS with start and step.</summary>
    Regular,
    /// <summary>One event a message, no answers.</summary>
    Original,
}
