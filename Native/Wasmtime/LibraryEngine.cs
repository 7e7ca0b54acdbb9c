using System;

namespace Slungd.Native.Wasmtime;

// Unsafe: owns a wasm_engine_t until it is disposed; stores and modules made from it must be gone by then.

/// <summary>Compiles modules; its epoch is what running guests look at. Any thread.</summary>
internal sealed unsafe class LibraryEngine : IDisposable
{
    private nint _engine;

    /// <param name="library">The library.</param>
    /// <param name="stackBytes">Stack that guests may use on a thread.</param>
    /// <exception cref="InvalidOperationException">The library makes no engine.</exception>
    public LibraryEngine(WasmtimeLibrary library, int stackBytes)
    {
        Library = library;
        nint config = library.ConfigNew();
        library.EpochInterruptionSet(config, 1);
        // .NET has handlers for the same signals: bounds are checked by code, not by guard pages.
        library.SignalsBasedTrapsSet(config, 0);
        library.MemoryGuardSizeSet(config, 0);
        library.ConcurrencySupportSet(config, 0);
        // A module is compiled on the thread that deploys it, not on all processors beside ingest.
        library.ParallelCompilationSet(config, 0);
        library.MaxWasmStackSet(config, (nuint)stackBytes);
        _engine = library.EngineNew(config);
        if (_engine == 0) throw new InvalidOperationException("the library makes no engine");
    }

    public WasmtimeLibrary Library { get; }

    public nint Address => _engine;

    /// <summary>Every store whose deadline this reaches asks its host what to do. Any thread.</summary>
    public void IncrementEpoch() => Library.IncrementEpoch(_engine);

    /// <summary>Validates and compiles. Null, with the library's message, when it refuses.</summary>
    public LibraryModule? TryCompile(ReadOnlySpan<byte> bytes, out string? error)
    {
        nint module = 0, failed;
        fixed (byte* at = bytes) failed = Library.ModuleNew(_engine, at, (nuint)bytes.Length, &module);
        error = LibraryEnd.Take(Library, failed, 0)?.Message;
        return error is null ? new LibraryModule(Library, module) : null;
    }

    public void Dispose()
    {
        if (_engine != 0) Library.EngineDelete(_engine);
        _engine = 0;
    }
}
