namespace Slungd.Ingest.Protocols.RemoteWrite;

/// <summary>What one remote write request held.</summary>
internal sealed class RemoteWriteCounts
{
    public long Series { get; set; }

    public long Samples { get; set; }

    public long Histograms { get; set; }

    /// <summary>Those that were passed on.</summary>
    public long Exemplars { get; set; }

    public void Clear() => Series = Samples = Histograms = Exemplars = 0;
}
