using System;

namespace Slungd.Native.Os;

/// <summary>The descriptors 0, 1 and 2.</summary>
internal static class StandardFiles
{
    /// <summary>Takes the places of those that the process was started without: otherwise the next file or socket would
    /// get the number, and what is printed would end up in it. To use them fails, as with a closed one: they are opened
    /// the wrong way around. Three system calls where none is missing.</summary>
    public static void Complete()
    {
        if (OperatingSystem.IsWindows()) return;
        for (int file = 0; file <= 2; file++)
        {
            if (SystemCalls.ControlFile(file, SystemCalls.GetFileFlags, 0) >= 0) continue;
            int flags = file == 0 ? SystemCalls.WriteOnly : SystemCalls.ReadOnly;
            // The lowest free number is this one. Without /dev a directory can't be written to, either.
            if (SystemCalls.Open("/dev/null", flags, 0) < 0) _ = SystemCalls.Open("/", SystemCalls.ReadOnly, 0);
        }
    }
}
