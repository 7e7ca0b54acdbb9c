using Slungd.Tests.Tidy.Samples.Engine;

namespace Slungd.Tests.Tidy.Samples.Ingest;

/// <summary>Uses the layer below, as it may; its name is its namespace's, as it must not be.</summary>
internal sealed class Ingest
{
    public Upper? Below { get; set; }
}
