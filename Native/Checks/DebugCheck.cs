using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Slungd.Native.Checks;

/// <summary>Checks for inner loops: present in Debug builds, gone in Release.</summary>
internal static class DebugCheck
{
    /// <summary>As <see cref="Invariant.Check"/>, in Debug builds only.</summary>
    [Conditional("DEBUG")]
    public static void That([DoesNotReturnIf(false)] bool condition,
        [CallerArgumentExpression(nameof(condition))] string expression = "")
    {
        if (!condition) Throw.Bug(expression);
    }
}
