namespace Slungd.Tests.Sim;

/// <summary>How the simulated machine went down.</summary>
internal enum SimCrash
{
    /// <summary>The process died; the system lives on with everything it was given.</summary>
    Kill,
    /// <summary>The power failed: what was not synced is lost, kept or torn, sector by sector.</summary>
    PowerCut,
}
