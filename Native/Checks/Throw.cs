using System;
using System.Diagnostics.CodeAnalysis;
using System.IO;

namespace Slungd.Native.Checks;

/// <summary>A broken invariant: our mistake, never the caller's or the disk's.</summary>
internal sealed class BugException(string message) : Exception(message);

/// <summary>All throws of the native layer, out of line so that the hot paths stay small.</summary>
internal static class Throw
{
    [DoesNotReturn]
    public static void Bug(string what) => throw new BugException($"BUG: {what}");

    [DoesNotReturn]
    public static void Bug(string what, long got, long want) =>
        throw new BugException($"BUG: {what}: got {got}, want {want}");

    /// <summary>The environment is broken (disk, kernel): the operation cannot go on.</summary>
    [DoesNotReturn]
    public static void Fatal(string what, Exception? cause = null) => throw new IOException($"FATAL: {what}", cause);

    [DoesNotReturn]
    public static void OutOfRange(string name) => throw new ArgumentOutOfRangeException(name);
}
