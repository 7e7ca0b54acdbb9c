using System.Collections.Generic;

namespace Slungd.Tests.Tidy;

/// <summary>Who may break a rule, and why. An entry that is no longer needed fails its test.</summary>
internal static class Exemptions
{
    /// <summary>Files outside Native that use `unsafe`, `Unsafe` or `MemoryMarshal`.</summary>
    public static readonly IReadOnlyDictionary<string, string> Unsafe = new Dictionary<string, string>
    {
    };

    /// <summary>Functions longer than the limit, as `Type.Method`.</summary>
    public static readonly IReadOnlyDictionary<string, string> FunctionLength = new Dictionary<string, string>
    {
    };
}
