namespace Slungd.Ingest.Security;

/// <summary>What a door answers to a token.</summary>
internal enum AccessVerdict : byte
{
    Allowed,
    /// <summary>None was shown, or it is not known, or has expired: 401.</summary>
    Unknown,
    /// <summary>It is known and may not do this: 403.</summary>
    Forbidden,
}
