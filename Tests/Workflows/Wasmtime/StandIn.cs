using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using Slungd.Native.Wasmtime;
using Slungd.Tests.EndToEnd;
using Slungd.Tests.Tidy;
using Slungd.Workflows.Wasmtime;
using Xunit;

namespace Slungd.Tests.Workflows.Wasmtime;

/// <summary>A library that is built from standin.c, with Wasmtime's C API over a small interpreter. Each has its own
/// file, and so its own counts of objects.</summary>
internal sealed unsafe class StandIn : IDisposable
{
    private static readonly ConcurrentDictionary<string, Lazy<string>> Built = new();
    private static int _copies;

    private readonly nint _library;
    private WasmtimeEngine? _engine;

    /// <param name="define">A macro of standin.c, or nothing.</param>
    public StandIn(string define = "")
    {
        string built = Built.GetOrAdd(define, static name => new Lazy<string>(() => Build(name))).Value;
        Path = $"{System.IO.Path.GetDirectoryName(built)}/{Interlocked.Increment(ref _copies)}.so";
        File.Copy(built, Path);
        _library = NativeLibrary.Load(Path);
    }

    /// <summary>Why there is none on this machine, or null.</summary>
    public static string? Missing { get; } =
        !OperatingSystem.IsLinux() ? "the stand-in for Wasmtime is built on Linux only"
        : Compiler is null ? "building a stand-in for Wasmtime needs a C compiler: cc, gcc or clang" : null;

    public string Path { get; }

    public WasmtimeEngine Engine
    {
        get
        {
            if (_engine is not null) return _engine;
            var library = WasmtimeLibrary.TryLoad(Path, out string error);
            Assert.True(library is not null, error);
            return _engine = new WasmtimeEngine(library);
        }
    }

    /// <summary>Objects that were made and not deleted.</summary>
    public int Alive => ((delegate* unmanaged<int>)NativeLibrary.GetExport(_library, "standin_alive"))();

    public int Made => ((delegate* unmanaged<int>)NativeLibrary.GetExport(_library, "standin_made"))();

    /// <summary>The first misuse; empty when there was none.</summary>
    public string Fault => Marshal.PtrToStringUTF8(
        ((delegate* unmanaged<nint>)NativeLibrary.GetExport(_library, "standin_fault"))())!;

    private static string? Compiler => Array.Find(["cc", "gcc", "clang"], Programs.Has);

    /// <summary>Checks that all was deleted, and each thing once.</summary>
    public void Dispose()
    {
        _engine?.Dispose();
        Assert.Equal("", Fault);
        Assert.Equal(0, Alive);
        File.Delete(Path);
    }

    private static string Build(string define)
    {
        string path = Directory.CreateTempSubdirectory("slungd-standin-").FullName + "/libwasmtime.so";
        string[] arguments = ["-std=c11", "-O1", "-Wall", "-Wextra", "-fPIC", "-shared",
            "-fvisibility=hidden", define.Length == 0 ? "-DPLAIN" : "-D" + define, "-o", path,
            System.IO.Path.Combine(Repository.Root, "Tests/Workflows/Wasmtime/standin.c")];
        using Process process = Process.Start(new ProcessStartInfo(Compiler!, arguments)
        {
            RedirectStandardError = true,
        })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(System.IO.Path.GetDirectoryName(path)!, true);
        return path;
    }
}

/// <summary>A test that needs a C compiler.</summary>
internal sealed class StandInFactAttribute : FactAttribute
{
    public StandInFactAttribute() => Skip = StandIn.Missing;
}

/// <inheritdoc cref="StandInFactAttribute"/>
internal sealed class StandInTheoryAttribute : TheoryAttribute
{
    public StandInTheoryAttribute() => Skip = StandIn.Missing;
}
