namespace Slungd.Ingest.Http;

/// <summary>How waiting at a <see cref="QueryGate"/> ended.</summary>
internal enum QueryTurn : byte
{
    Given,
    /// <summary>Too many wait already.</summary>
    TooMany,
    /// <summary>It took too long.</summary>
    TimedOut,
}
