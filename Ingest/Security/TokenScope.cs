using System;

namespace Slungd.Ingest.Security;

/// <summary>What a token may do. Admin includes the other two.</summary>
[Flags]
internal enum TokenScope : byte
{
    /// <summary>For everybody, without a token: probes.</summary>
    None = 0,
    /// <summary>Queries, live data, metrics, lists of what is there.</summary>
    Read = 1,
    /// <summary>Points in.</summary>
    Write = 2,
    /// <summary>Deletes, snapshots, flushes, workflows.</summary>
    Admin = 4,
}
