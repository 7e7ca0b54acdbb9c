using Xunit;

namespace Slungd.Tests.Conformance;

/// <summary>Skipped where there are no scripts.</summary>
internal sealed class ScriptTheoryAttribute : TheoryAttribute
{
    public ScriptTheoryAttribute()
    {
        if (PromQLConformance.Find().Length == 0) Skip = "no scripts: ../shared/conformance/promql is not there";
    }
}
