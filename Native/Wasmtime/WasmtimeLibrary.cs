using System;
using System.IO;
using System.Runtime.InteropServices;

namespace Slungd.Native.Wasmtime;

// Contract: function pointers into a library that is never unloaded. Names and signatures are those of Wasmtime's C
// API, version 44 (wasm.h and wasmtime.h); objects are opaque addresses here, and the types beside this one own them.

/// <summary>libwasmtime, found at run time: all that is used of its C API, as function pointers. Nothing is linked, so
/// that the executable starts where there is none.</summary>
internal sealed unsafe class WasmtimeLibrary
{
    /// <summary>Came with version 44: a library without it is older, and may have other structures.</summary>
    private const string Marker = "wasmtime_config_concurrency_support_set";

    private readonly nint _library;
    private string? _missing;

    private WasmtimeLibrary(nint library, string path)
    {
        _library = library;
        Path = path;
        ConfigNew = (delegate* unmanaged<nint>)Find("wasm_config_new");
        EpochInterruptionSet = SwitchOf("epoch_interruption");
        SignalsBasedTrapsSet = SwitchOf("signals_based_traps");
        ConcurrencySupportSet = SwitchOf("concurrency_support");
        ParallelCompilationSet = SwitchOf("parallel_compilation");
        MaxWasmStackSet = (delegate* unmanaged<nint, nuint, void>)Find("wasmtime_config_max_wasm_stack_set");
        MemoryGuardSizeSet = (delegate* unmanaged<nint, ulong, void>)Find("wasmtime_config_memory_guard_size_set");
        EngineNew = (delegate* unmanaged<nint, nint>)Find("wasm_engine_new_with_config");
        EngineDelete = DeleteOf("wasm_engine");
        IncrementEpoch = (delegate* unmanaged<nint, void>)Find("wasmtime_engine_increment_epoch");
        ModuleNew = (delegate* unmanaged<nint, byte*, nuint, nint*, nint>)Find("wasmtime_module_new");
        ModuleDelete = DeleteOf("wasmtime_module");
        StoreNew = (delegate* unmanaged<nint, nint, nint, nint>)Find("wasmtime_store_new");
        StoreContext = (delegate* unmanaged<nint, nint>)Find("wasmtime_store_context");
        StoreLimiter = (delegate* unmanaged<nint, long, long, long, long, long, void>)Find("wasmtime_store_limiter");
        StoreDelete = DeleteOf("wasmtime_store");
        SetEpochDeadline = (delegate* unmanaged<nint, ulong, void>)Find("wasmtime_context_set_epoch_deadline");
        SetDeadlineCallback =
            (delegate* unmanaged<nint, delegate* unmanaged<nint, nint, ulong*, byte*, nint>, nint, nint, void>)
            Find("wasmtime_store_epoch_deadline_callback");
        ValueTypeNew = (delegate* unmanaged<byte, nint>)Find("wasm_valtype_new");
        ValueTypesNew = (delegate* unmanaged<LibraryVector*, nuint, nint*, void>)Find("wasm_valtype_vec_new");
        FunctionTypeNew = (delegate* unmanaged<LibraryVector*, LibraryVector*, nint>)Find("wasm_functype_new");
        FunctionTypeDelete = DeleteOf("wasm_functype");
        LinkerNew = (delegate* unmanaged<nint, nint>)Find("wasmtime_linker_new");
        LinkerDelete = DeleteOf("wasmtime_linker");
        LinkerDefine = (delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nint,
            delegate* unmanaged<nint, nint, LibraryValue*, nuint, LibraryValue*, nuint, nint>, nint,
            delegate* unmanaged<nint, void>, nint>)Find("wasmtime_linker_define_func");
        Instantiate = (delegate* unmanaged<nint, nint, nint, LibraryInstance*, nint*, nint>)
            Find("wasmtime_linker_instantiate");
        InstanceExport = (delegate* unmanaged<nint, LibraryInstance*, byte*, nuint, LibraryExtern*, byte>)
            Find("wasmtime_instance_export_get");
        CallerExport = (delegate* unmanaged<nint, byte*, nuint, LibraryExtern*, byte>)
            Find("wasmtime_caller_export_get");
        Call = (delegate* unmanaged<nint, void*, LibraryValue*, nuint, LibraryValue*, nuint, nint*, nint>)
            Find("wasmtime_func_call");
        MemoryData = (delegate* unmanaged<nint, void*, byte*>)Find("wasmtime_memory_data");
        MemorySize = (delegate* unmanaged<nint, void*, nuint>)Find("wasmtime_memory_data_size");
        TrapNew = (delegate* unmanaged<byte*, nuint, nint>)Find("wasmtime_trap_new");
        TrapCode = (delegate* unmanaged<nint, byte*, byte>)Find("wasmtime_trap_code");
        TrapMessage = (delegate* unmanaged<nint, LibraryVector*, void>)Find("wasm_trap_message");
        TrapTrace = (delegate* unmanaged<nint, LibraryVector*, void>)Find("wasm_trap_trace");
        TrapDelete = DeleteOf("wasm_trap");
        FrameFunction = (delegate* unmanaged<nint, uint>)Find("wasm_frame_func_index");
        FrameOffset = (delegate* unmanaged<nint, nuint>)Find("wasm_frame_module_offset");
        FramesDelete = (delegate* unmanaged<LibraryVector*, void>)Find("wasm_frame_vec_delete");
        ErrorNew = (delegate* unmanaged<byte*, nint>)Find("wasmtime_error_new");
        ErrorMessage = (delegate* unmanaged<nint, LibraryVector*, void>)Find("wasmtime_error_message");
        ErrorTrace = (delegate* unmanaged<nint, LibraryVector*, void>)Find("wasmtime_error_wasm_trace");
        ErrorDelete = DeleteOf("wasmtime_error");
        BytesDelete = (delegate* unmanaged<LibraryVector*, void>)Find("wasm_byte_vec_delete");
    }

    public readonly delegate* unmanaged<nint> ConfigNew;
    public readonly delegate* unmanaged<nint, byte, void> EpochInterruptionSet, SignalsBasedTrapsSet,
        ConcurrencySupportSet, ParallelCompilationSet;
    public readonly delegate* unmanaged<nint, nuint, void> MaxWasmStackSet;
    public readonly delegate* unmanaged<nint, ulong, void> MemoryGuardSizeSet;

    /// <summary>Takes the configuration.</summary>
    public readonly delegate* unmanaged<nint, nint> EngineNew;
    public readonly delegate* unmanaged<nint, void> EngineDelete, IncrementEpoch;
    public readonly delegate* unmanaged<nint, byte*, nuint, nint*, nint> ModuleNew;
    public readonly delegate* unmanaged<nint, void> ModuleDelete;
    public readonly delegate* unmanaged<nint, nint, nint, nint> StoreNew;
    public readonly delegate* unmanaged<nint, nint> StoreContext;

    /// <summary>Bytes of a memory, elements of a table; then how many instances, tables and memories.</summary>
    public readonly delegate* unmanaged<nint, long, long, long, long, long, void> StoreLimiter;
    public readonly delegate* unmanaged<nint, void> StoreDelete;
    public readonly delegate* unmanaged<nint, ulong, void> SetEpochDeadline;
    public readonly delegate* unmanaged<nint, delegate* unmanaged<nint, nint, ulong*, byte*, nint>, nint, nint, void>
        SetDeadlineCallback;
    public readonly delegate* unmanaged<byte, nint> ValueTypeNew;

    /// <summary>Takes the types.</summary>
    public readonly delegate* unmanaged<LibraryVector*, nuint, nint*, void> ValueTypesNew;

    /// <summary>Takes both vectors.</summary>
    public readonly delegate* unmanaged<LibraryVector*, LibraryVector*, nint> FunctionTypeNew;
    public readonly delegate* unmanaged<nint, void> FunctionTypeDelete;
    public readonly delegate* unmanaged<nint, nint> LinkerNew;
    public readonly delegate* unmanaged<nint, void> LinkerDelete;

    /// <summary>Takes the data, which the last function is called for when nobody can call the function any more.
    /// </summary>
    public readonly delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nint,
        delegate* unmanaged<nint, nint, LibraryValue*, nuint, LibraryValue*, nuint, nint>, nint,
        delegate* unmanaged<nint, void>, nint> LinkerDefine;
    public readonly delegate* unmanaged<nint, nint, nint, LibraryInstance*, nint*, nint> Instantiate;
    public readonly delegate* unmanaged<nint, LibraryInstance*, byte*, nuint, LibraryExtern*, byte> InstanceExport;
    public readonly delegate* unmanaged<nint, byte*, nuint, LibraryExtern*, byte> CallerExport;
    public readonly delegate* unmanaged<nint, void*, LibraryValue*, nuint, LibraryValue*, nuint, nint*, nint> Call;
    public readonly delegate* unmanaged<nint, void*, byte*> MemoryData;
    public readonly delegate* unmanaged<nint, void*, nuint> MemorySize;
    public readonly delegate* unmanaged<byte*, nuint, nint> TrapNew;
    public readonly delegate* unmanaged<nint, byte*, byte> TrapCode;
    public readonly delegate* unmanaged<nint, LibraryVector*, void> TrapMessage, TrapTrace;
    public readonly delegate* unmanaged<nint, void> TrapDelete;
    public readonly delegate* unmanaged<nint, uint> FrameFunction;
    public readonly delegate* unmanaged<nint, nuint> FrameOffset;
    public readonly delegate* unmanaged<LibraryVector*, void> FramesDelete;

    /// <summary>Of a text that ends with NUL.</summary>
    public readonly delegate* unmanaged<byte*, nint> ErrorNew;
    public readonly delegate* unmanaged<nint, LibraryVector*, void> ErrorMessage, ErrorTrace;
    public readonly delegate* unmanaged<nint, void> ErrorDelete;
    public readonly delegate* unmanaged<LibraryVector*, void> BytesDelete;

    /// <summary>What was loaded.</summary>
    public string Path { get; }

    /// <summary>How the library is called on this system.</summary>
    public static string FileName => OperatingSystem.IsWindows() ? "wasmtime.dll"
        : OperatingSystem.IsMacOS() ? "libwasmtime.dylib" : "libwasmtime.so";

    /// <summary>Loads the library from this path and no other; without one from beside the executable, then from where
    /// the system looks for libraries.</summary>
    /// <param name="path">A file, or null.</param>
    /// <param name="error">Why there is none that can be used.</param>
    public static WasmtimeLibrary? TryLoad(string? path, out string error)
    {
        error = "";
        foreach (string place in Places(path))
        {
            nint library;
            try { library = NativeLibrary.Load(place); }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
            {
                error = $"{place} can't be loaded: {Reason(place, e.Message)}";
                continue;
            }
            WasmtimeLibrary table = new(library, place);
            if (table._missing is not { } missing) return table;
            error = NativeLibrary.TryGetExport(library, Marker, out _) ? $"{place} can't be used: it has no {missing}"
                : NativeLibrary.TryGetExport(library, "wasm_engine_new_with_config", out _)
                ? $"{place} is older than Wasmtime 44: it has no {Marker}"
                : $"{place} is not Wasmtime: it has no {missing}";
            return null; // a table with holes is not given out: nobody calls an address without its function
        }
        return null;
    }

    private static string[] Places(string? path)
    {
        if (path is not null) return [path];
        string beside = System.IO.Path.Combine(AppContext.BaseDirectory, FileName);
        return File.Exists(beside) ? [beside, FileName] : [FileName];
    }

    // What the system's loader said, without .NET's introduction.
    private static string Reason(string place, string message)
    {
        foreach (string line in message.Split('\n', StringSplitOptions.TrimEntries))
            if (line.StartsWith(place + ": ", StringComparison.Ordinal)) return line[(place.Length + 2)..];
        return File.Exists(place) ? "it is no library of this system" : "there is no such library";
    }

    private nint Find(string name)
    {
        if (!NativeLibrary.TryGetExport(_library, name, out nint address)) _missing ??= name;
        return address;
    }

    private delegate* unmanaged<nint, byte, void> SwitchOf(string option) =>
        (delegate* unmanaged<nint, byte, void>)Find($"wasmtime_config_{option}_set");

    private delegate* unmanaged<nint, void> DeleteOf(string type) =>
        (delegate* unmanaged<nint, void>)Find(type + "_delete");
}
