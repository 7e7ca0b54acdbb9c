using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>What one delta did to a <see cref="DeltaTable"/>, so that it can be taken back.</summary>
internal struct DeltaChange
{
    /// <summary>Whose sum it changed.</summary>
    public SeriesId Series;
    /// <summary>The number of the point with the new sum, for the caller.</summary>
    public int Point;
    /// <summary>Of the state that it made.</summary>
    public ulong Stamp;
    /// <summary>The state before.</summary>
    public DeltaState Former;
}
