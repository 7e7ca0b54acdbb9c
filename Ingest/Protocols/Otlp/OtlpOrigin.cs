using System;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>Where metrics come from, as it was sent: all that gives them labels but the points themselves.</summary>
internal ref struct OtlpOrigin
{
    /// <summary>The message of the resource.</summary>
    public ReadOnlySpan<byte> Resource;
    /// <summary>The message of the scope.</summary>
    public ReadOnlySpan<byte> Scope;
    /// <summary>The URL of the scope's schema.</summary>
    public ReadOnlySpan<byte> Schema;
}
