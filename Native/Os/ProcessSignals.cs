using System;

namespace Slungd.Native.Os;

// Unsafe: the kernel writes a structure on this stack.

/// <summary>What signals do to this process before anybody of ours handles them. A few system calls, no more: the
/// daemon calls this on its way to the first accept.</summary>
internal static unsafe class ProcessSignals
{
    public const int Interrupt = 2; // SIGINT
    public const int Terminate = 15; // SIGTERM
    public const int FileSize = 25; // SIGXFSZ, on Linux and macOS

    private const nint Default = 0;
    private const nint Ignored = 1;

    /// <summary>struct sigaction with room to spare; it begins with the handler (sigaction(2)).</summary>
    private const int ActionBytes = 256;

    /// <summary>A write beyond `ulimit -f` fails like one to a full disk, instead of ending the process without a
    /// word.</summary>
    public static void IgnoreFileSize()
    {
        if (!OperatingSystem.IsWindows()) SystemCalls.SetSignal(FileSize, Ignored);
    }

    /// <summary>Takes an inherited "ignored" back: shells without job control start `daemon &amp;` with SIGINT ignored,
    /// and the runtime leaves such signals alone. Before a handler is registered.</summary>
    public static void Heed(int signal)
    {
        if (IsIgnored(signal)) SystemCalls.SetSignal(signal, Default);
    }

    /// <summary>Whether the signal would be thrown away.</summary>
    public static bool IsIgnored(int signal)
    {
        if (OperatingSystem.IsWindows()) return false;
        nint* action = stackalloc nint[ActionBytes / sizeof(nint)];
        return SystemCalls.GetSignal(signal, null, action) == 0 && *action == Ignored;
    }
}
