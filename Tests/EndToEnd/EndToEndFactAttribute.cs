using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>A test that drives the published executable.</summary>
internal sealed class EndToEndFactAttribute : FactAttribute
{
    public EndToEndFactAttribute() => Skip = Binary.Missing;
}

/// <summary>As <see cref="EndToEndFactAttribute"/>, with data.</summary>
internal sealed class EndToEndTheoryAttribute : TheoryAttribute
{
    public EndToEndTheoryAttribute() => Skip = Binary.Missing;
}
