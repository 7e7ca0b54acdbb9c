using System;

namespace Slungd.Native.Os;

/// <summary>Makes a thread give way to all others. .NET's own thread priorities do nothing on Linux.</summary>
internal static class BackgroundPriority
{
    // About a tenth of what a thread of normal priority gets beside it; everything when nobody else wants it.
    private const int Nice = 10;

    /// <summary>Lowers the calling thread for the rest of its life; where that is refused it stays as it is.</summary>
    /// <param name="nice">More gives way more: 15 is a thirtieth of the normal share.</param>
    /// <returns>True when the system did it.</returns>
    public static bool Enter(int nice = Nice) =>
        // On Linux "process 0" is the calling thread (setpriority(2), "C library/kernel differences").
        OperatingSystem.IsLinux() && SystemCalls.SetPriority(which: 0, who: 0, nice) == 0;
}
