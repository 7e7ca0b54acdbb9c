using Slungd.Tests.EndToEnd;
using Xunit;

namespace Slungd.Tests.Ingest.Web;

/// <summary>A test that runs JavaScript.</summary>
internal sealed class NodeFactAttribute : FactAttribute
{
    public NodeFactAttribute() => Skip = Programs.Has("node") ? null : "node is not installed";
}
