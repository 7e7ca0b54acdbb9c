using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>Which subscriptions want which series, filled in as series are seen. Made anew whenever the set of
/// subscriptions changes; entries are published whole and never change.</summary>
internal sealed class LiveTable(int maxSeries, bool slides)
{
    private const int ChunkBits = 12; // 32 KiB of references

    private readonly LiveMatches?[]?[] _chunks = new LiveMatches?[]?[((maxSeries - 1) >> ChunkBits) + 1];

    /// <summary>True when the range of some subscription moves with the clock.</summary>
    public bool Slides { get; } = slides;

    /// <summary>What is known of a series; null before it is resolved.</summary>
    public LiveMatches? Find(SeriesId series)
    {
        uint chunk = series.Value >> ChunkBits;
        return chunk < _chunks.Length ? _chunks[chunk]?[series.Value & ((1 << ChunkBits) - 1)] : null;
    }

    /// <summary>The caller holds the hub's lock.</summary>
    public void Set(SeriesId series, LiveMatches matches)
    {
        uint chunk = series.Value >> ChunkBits;
        if (chunk >= _chunks.Length) return; // beyond the limit of series: right, only slower
        (_chunks[chunk] ??= new LiveMatches?[1 << ChunkBits])[series.Value & ((1 << ChunkBits) - 1)] = matches;
    }
}
