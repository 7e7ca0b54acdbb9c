using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Slungd.Native.Checks;

/// <summary>Checks that stay on in release builds. A failed one is our own mistake: the process stops with
/// "BUG:".</summary>
internal static class Invariant
{
    /// <summary>Stops the process when <paramref name="condition"/> does not hold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check([DoesNotReturnIf(false)] bool condition,
        [CallerArgumentExpression(nameof(condition))] string expression = "")
    {
        if (!condition) Throw.Bug(expression);
    }

    /// <summary>Stops the process when the two differ, and names both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Equal(long got, long want, [CallerArgumentExpression(nameof(got))] string expression = "")
    {
        if (got != want) Throw.Bug(expression, got, want);
    }
}
