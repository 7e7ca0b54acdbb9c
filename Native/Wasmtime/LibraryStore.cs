using System;
using System.Collections.Generic;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;
using Slungd.Native.Checks;

namespace Slungd.Native.Wasmtime;

// Contract: owns a wasmtime_store_t, with everything that is in it, until it is disposed. One thread at a time. What
// the library keeps of ours are handles: one to this object for the deadline, one for each imported function, which
// the library gives back when it frees the function. Spans of the guest's memory die when the guest runs.

/// <summary>A store with one instance.</summary>
internal sealed unsafe class LibraryStore : IDisposable
{
    private readonly WasmtimeLibrary _library;
    private readonly LibraryEngine _engine;
    private readonly ILibraryHost _host;
    private readonly GCHandle _self;
    private nint _store;
    private nint _context; // the same as long as the store lives
    private nint _caller; // while a guest's call is served
    private LibraryInstance? _instance;
    private ExceptionDispatchInfo? _thrown;

    /// <param name="engine">Outlives the store.</param>
    /// <param name="host">Serves the guest's calls.</param>
    /// <param name="memoryBytes">No memory grows above this.</param>
    /// <param name="tableElements">No table grows above this.</param>
    public LibraryStore(LibraryEngine engine, ILibraryHost host, long memoryBytes, long tableElements)
    {
        _engine = engine;
        _library = engine.Library;
        _host = host;
        _self = GCHandle.Alloc(this);
        _store = _library.StoreNew(engine.Address, 0, 0);
        _context = _library.StoreContext(_store);
        _library.StoreLimiter(_store, memoryBytes, tableElements, 1, -1, 1);
        _library.SetDeadlineCallback(_store, &OnDeadline, GCHandle.ToIntPtr(_self), 0);
        _library.SetEpochDeadline(_context, 1); // without one every call ends at once
    }

    /// <summary>Links and starts the instance.</summary>
    /// <returns>Null when it is there; else why not.</returns>
    public LibraryEnd? Instantiate(LibraryModule module, IReadOnlyList<LibraryImport> imports)
    {
        Invariant.Check(_instance is null);
        nint linker = _library.LinkerNew(_engine.Address), error = 0, trap = 0;
        for (int i = 0; i < imports.Count && error == 0; i++) error = Define(linker, imports[i], i);
        LibraryInstance instance = default;
        if (error == 0) error = _library.Instantiate(linker, _context, module.Address, &instance, &trap);
        _library.LinkerDelete(linker);
        LibraryEnd? end = LibraryEnd.Take(_library, error, trap);
        Rethrow();
        if (end is null) _instance = instance;
        return end;
    }

    /// <summary>An export; false when there is none of that name, or neither an instance nor a call of one.</summary>
    public bool TryFind(string name, out LibraryExtern found)
    {
        byte[] text = Encoding.UTF8.GetBytes(name);
        LibraryExtern result = default;
        bool isThere = false;
        fixed (byte* at = text)
        {
            if (_instance is { } instance)
                isThere = _library.InstanceExport(_context, &instance, at, (nuint)text.Length, &result) != 0;
            else if (_caller != 0)
                isThere = _library.CallerExport(_caller, at, (nuint)text.Length, &result) != 0;
        }
        found = result;
        return isThere;
    }

    /// <summary>Calls a function of the guest, with values of its types.</summary>
    /// <returns>Null when it returned; else why not.</returns>
    public LibraryEnd? Call(in LibraryExtern function, ReadOnlySpan<LibraryValue> arguments,
        Span<LibraryValue> results)
    {
        Invariant.Check(_store != 0 && function.Kind == LibraryExtern.Function);
        nint trap = 0, error;
        fixed (ulong* item = &function.Item)
        fixed (LibraryValue* first = arguments, result = results)
        {
            error = _library.Call(_context, item, first, (nuint)arguments.Length, result, (nuint)results.Length, &trap);
        }
        LibraryEnd? end = LibraryEnd.Take(_library, error, trap);
        Rethrow();
        return end;
    }

    /// <summary>In bytes.</summary>
    public long LengthOf(in LibraryExtern memory)
    {
        Invariant.Check(_store != 0 && memory.Kind == LibraryExtern.Memory);
        fixed (ulong* item = &memory.Item) return (long)_library.MemorySize(_context, item);
    }

    /// <summary>A part of the guest's memory, which may move when it grows. False when it is not wholly inside.
    /// </summary>
    public bool TrySlice(scoped in LibraryExtern memory, uint offset, uint length, out Span<byte> part)
    {
        part = default;
        if ((ulong)offset + length > (ulong)LengthOf(in memory) || length > int.MaxValue) return false;
        fixed (ulong* item = &memory.Item)
            part = new Span<byte>(_library.MemoryData(_context, item) + offset, (int)length);
        return true;
    }

    public void Dispose()
    {
        if (_store == 0) return;
        _library.StoreDelete(_store);
        _store = 0;
        _self.Free();
    }

    private nint Define(nint linker, LibraryImport import, int index)
    {
        byte[] module = Encoding.UTF8.GetBytes(import.Module), name = Encoding.UTF8.GetBytes(import.Name);
        LibraryVector parameters = Types(import.Parameters), results = Types(import.Results);
        nint type = _library.FunctionTypeNew(&parameters, &results);
        nint data = GCHandle.ToIntPtr(GCHandle.Alloc(new Link(this, index)));
        nint error;
        fixed (byte* first = module, second = name)
        {
            error = _library.LinkerDefine(linker, first, (nuint)module.Length, second, (nuint)name.Length, type,
                &OnCall, data, &Release);
        }
        _library.FunctionTypeDelete(type);
        return error;
    }

    private LibraryVector Types(byte[] kinds)
    {
        nint[] types = Array.ConvertAll(kinds, TypeOf);
        LibraryVector vector;
        fixed (nint* at = types) _library.ValueTypesNew(&vector, (nuint)types.Length, at);
        return vector;
    }

    private nint TypeOf(byte kind) => _library.ValueTypeNew(kind);

    // What the host threw goes on where the library has returned: it must not pass through the library's frames.
    private void Rethrow()
    {
        ExceptionDispatchInfo? thrown = _thrown;
        _thrown = null;
        thrown?.Throw();
    }

    /// <summary>wasmtime_func_callback_t.</summary>
    [UnmanagedCallersOnly]
    private static nint OnCall(nint data, nint caller, LibraryValue* arguments, nuint argumentCount,
        LibraryValue* results, nuint resultCount)
    {
        Link link = (Link)GCHandle.FromIntPtr(data).Target!;
        LibraryStore store = link.Store;
        nint before = store._caller;
        try
        {
            store._caller = caller;
            if (store._host.Call(link.Index, new ReadOnlySpan<LibraryValue>(arguments, (int)argumentCount),
                new Span<LibraryValue>(results, (int)resultCount)))
                return 0;
        }
        catch (Exception e)
        {
            store._thrown = ExceptionDispatchInfo.Capture(e);
        }
        finally
        {
            store._caller = before;
        }
        fixed (byte* message = Ended) return store._library.TrapNew(message, (nuint)Ended.Length - 1);
    }

    /// <summary>The callback of wasmtime_store_epoch_deadline_callback. It leaves the kind as it is: go on.</summary>
    [UnmanagedCallersOnly]
    private static nint OnDeadline(nint context, nint data, ulong* ticks, byte* kind)
    {
        LibraryStore store = (LibraryStore)GCHandle.FromIntPtr(data).Target!;
        try
        {
            bool goOn = store._host.GoOn(out ulong next);
            *ticks = next;
            if (goOn) return 0;
        }
        catch (Exception e)
        {
            store._thrown = ExceptionDispatchInfo.Capture(e);
        }
        fixed (byte* message = Ended) return store._library.ErrorNew(message);
    }

    /// <summary>The finalizer of an imported function's data.</summary>
    [UnmanagedCallersOnly]
    private static void Release(nint data) => GCHandle.FromIntPtr(data).Free();

    // The host knows better why; this is what the library's own message says.
    private static ReadOnlySpan<byte> Ended => "ended by the host\0"u8;

    /// <param name="Store">Who serves it.</param>
    /// <param name="Index">Of the import.</param>
    private sealed record Link(LibraryStore Store, int Index);
}
