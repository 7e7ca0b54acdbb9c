using System;
using System.Runtime.InteropServices;
using Slungd.Bench.Native;

namespace Slungd.Bench.EndToEnd;

/// <summary>Starts a program and times it until it accepts (StartTimer.c). Needs gcc.</summary>
internal sealed unsafe class StartTimer : IDisposable
{
    private readonly nint _library;
    private readonly delegate* unmanaged<byte**, int, int, double*, long*, double> _timeStart;

    private StartTimer(nint library)
    {
        _library = library;
        _timeStart = (delegate* unmanaged<byte**, int, int, double*, long*, double>)NativeLibrary.GetExport(
            library, "time_start");
    }

    public static StartTimer? TryCreate() =>
        GccLibrary.TryLoad(GccLibrary.SourceOfCaller()) is nint library ? new StartTimer(library) : null;

    /// <param name="command">Path and arguments.</param>
    /// <param name="port">Where it listens; 0: wait for its end instead.</param>
    /// <param name="idleMs">How long to leave it alone before its memory is read.</param>
    /// <returns>Seconds until it accepts (or ends), seconds until it answers, and resident MiB.</returns>
    public (double Seconds, double Answered, double ResidentMiB) Time(string[] command, int port, int idleMs)
    {
        byte** arguments = stackalloc byte*[command.Length + 1];
        for (int i = 0; i < command.Length; i++) arguments[i] = (byte*)Marshal.StringToCoTaskMemUTF8(command[i]);
        arguments[command.Length] = null;
        long kilobytes = 0;
        double answered = 0;
        double seconds = _timeStart(arguments, port, idleMs * 1_000, &answered, &kilobytes);
        for (int i = 0; i < command.Length; i++) Marshal.FreeCoTaskMem((nint)arguments[i]);
        return (seconds, answered, kilobytes / 1024.0);
    }

    public void Dispose() => NativeLibrary.Free(_library);
}
