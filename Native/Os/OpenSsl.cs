using System;
using System.Runtime.InteropServices;

namespace Slungd.Native.Os;

/// <summary>The library that TLS needs on Linux. The framework ends the process when it looks for it in vain: so look
/// first.</summary>
internal static class OpenSsl
{
    /// <summary>Where it has to be there, it is.</summary>
    public static bool IsThere { get; } = !OperatingSystem.IsLinux()
        || NativeLibrary.TryLoad("libssl.so.3", out _) || NativeLibrary.TryLoad("libssl.so.1.1", out _);
}
