using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Native.Checks;
using Slungd.Native.Wasmtime;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasm.Execution;
using Slungd.Workflows.Wasm.Modules;

namespace Slungd.Workflows.Wasmtime;

/// <summary>A guest in a store of the library's. Its memory is charged to the budget as far as it has grown whenever
/// the guest is heard of: when it calls, and at interrupts.</summary>
internal sealed class WasmtimeStore : IWasmStore, ILibraryHost
{
    private const int FewValues = 8; // on the stack

    private readonly LibraryEngine _engine;
    private readonly WasmBudget _budget;
    private readonly LibraryStore _store;
    private readonly List<WasmImports.HostOffer> _hosts = [];
    private readonly long _memoryLimit;
    private WasmtimeModule? _module;
    private WasmtimeInstance? _instance;
    private IWasmMemory? _memory;
    private string? _memoryName;
    private long _charged;
    private int _interrupt; // any thread
    private int _depth;
    private Ending? _ending;

    /// <param name="Kind">What kind of trap it is.</param>
    /// <param name="Message">Why.</param>
    private sealed record Ending(WasmTrapKind Kind, string Message)
    {
        public int ExitStatus { get; init; }

        public WasmTrap? Passed { get; init; }
    }

    public WasmtimeStore(LibraryEngine engine, WasmBudget budget)
    {
        _engine = engine;
        _budget = budget;
        _memoryLimit = Math.Min(budget.MemoryBytes, Math.Max(0, budget.Native.Limit - budget.Native.Used));
        _store = new LibraryStore(engine, this, _memoryLimit, budget.TableElements);
    }

    public IWasmInstance? TryInstantiate(IWasmModule module, WasmImports imports, out WasmError? error)
    {
        Invariant.Check(_module is null);
        WasmtimeModule compiled = (WasmtimeModule)module;
        List<LibraryImport> links = [];
        error = Link(compiled, imports, links) ?? Reserve(compiled.Contents);
        if (error is not null) return null;
        _module = compiled;
        _instance = new WasmtimeInstance(this, _store, compiled);
        if (_store.Instantiate(compiled.Module, links) is not { } end) return _instance;
        bool hasRun = end.TrapCode is not null || end.Frames.Count > 0 || _ending is not null;
        WasmTrap trap = MakeTrap(end);
        error = hasRun ? new WasmError(WasmErrorKind.Trap, trap.Message, -1, trap)
            : new WasmError(WasmErrorKind.Link, end.Message);
        return null;
    }

    public void Interrupt()
    {
        Volatile.Write(ref _interrupt, 1);
        _engine.IncrementEpoch();
    }

    public void Dispose()
    {
        Invariant.Check(_depth == 0);
        _store.Dispose();
        _budget.Native.Return(_charged);
        _charged = 0;
    }

    public WasmTrap? Call(in LibraryExtern function, WasmSignature signature, ReadOnlySpan<WasmValue> arguments,
        Span<WasmValue> results)
    {
        Invariant.Check(arguments.Length == signature.Params.Length && results.Length >= signature.Results.Length);
        if (_depth > _budget.Reentries)
            return new WasmTrap(WasmTrapKind.StackExhausted, TrapMessages.Of(WasmTrapKind.StackExhausted), [], 0);
        int count = signature.Results.Length;
        Span<LibraryValue> given = arguments.Length <= FewValues ? stackalloc LibraryValue[FewValues]
            : new LibraryValue[arguments.Length];
        Span<LibraryValue> got = count <= FewValues ? stackalloc LibraryValue[FewValues] : new LibraryValue[count];
        for (int i = 0; i < arguments.Length; i++)
        {
            Invariant.Check(arguments[i].Type == signature.Params[i]);
            given[i] = WasmtimeValues.Of(arguments[i].Type, arguments[i].Low);
        }
        LibraryEnd? end;
        _depth++;
        try { end = _store.Call(in function, given[..arguments.Length], got[..count]); }
        finally { _depth--; }
        if (end is not null) return MakeTrap(end);
        for (int i = 0; i < count; i++) results[i] = WasmtimeValues.Read(signature.Results[i], in got[i]);
        return null;
    }

    bool ILibraryHost.Call(int import, ReadOnlySpan<LibraryValue> arguments, Span<LibraryValue> results)
    {
        if (!MayRun()) return false;
        WasmImports.HostOffer host = _hosts[import];
        int slots = Math.Max(arguments.Length, results.Length);
        Span<ulong> frame = slots <= FewValues ? stackalloc ulong[FewValues] : new ulong[slots];
        for (int i = 0; i < arguments.Length; i++)
            frame[i] = WasmtimeValues.Cut(host.Signature.Params[i], arguments[i].Low);
        HostCall call = new(_instance!, frame[..slots]);
        host.Function(ref call);
        if (call.Ended) return End(ref call);
        for (int i = 0; i < results.Length; i++) results[i] = WasmtimeValues.Of(host.Signature.Results[i], frame[i]);
        return true;
    }

    bool ILibraryHost.GoOn(out ulong ticks)
    {
        bool goOn = MayRun();
        ticks = Volatile.Read(ref _interrupt) == 0 ? 1u : 0; // one that came while it was asked
        return goOn;
    }

    /// <summary>Asks after an interrupt, and accounts for memory.</summary>
    private bool MayRun()
    {
        if (Volatile.Read(ref _interrupt) != 0)
        {
            Volatile.Write(ref _interrupt, 0);
            if (_budget.OnInterrupt?.Invoke() != true)
            {
                _ending = new Ending(WasmTrapKind.Interrupted, TrapMessages.Of(WasmTrapKind.Interrupted));
                return false;
            }
        }
        _memory ??= _memoryName is null ? null : _instance!.Find(_memoryName) as IWasmMemory;
        long grown = (_memory?.Length ?? 0) - _charged;
        if (grown <= 0) return true;
        if (_budget.Native.TryTake(grown))
        {
            _charged += grown;
            return true;
        }
        _ending = new Ending(WasmTrapKind.OutOfMemory, "all guests together have no room left for its memory");
        return false;
    }

    private bool End(ref HostCall call)
    {
        _ending = call.ExitStatus is { } status
            ? new Ending(WasmTrapKind.Exit, $"{TrapMessages.Of(WasmTrapKind.Exit)} {status}") { ExitStatus = status }
            : call.Passed is { } inner
            ? new Ending(inner.Kind, inner.Message) { ExitStatus = inner.ExitStatus, Passed = inner }
            : new Ending(WasmTrapKind.Host, call.TrapMessage!);
        return false;
    }

    private WasmError? Link(WasmtimeModule module, WasmImports imports, List<LibraryImport> links)
    {
        HashSet<(string, string)> known = [];
        foreach (WasmImport import in module.Imports)
        {
            object? offer = imports.Find(import.Module, import.Name);
            if (offer is null) return import.Unlinkable("unknown import");
            if (offer is not WasmImports.HostOffer host || !host.Signature.Equals(import.Signature))
                return import.Unlinkable("incompatible import type");
            if (!WasmtimeValues.CanPass(host.Signature.Params) || !WasmtimeValues.CanPass(host.Signature.Results))
                return import.Unlinkable("only numbers pass to the host");
            if (!known.Add((import.Module, import.Name))) continue;
            _hosts.Add(host);
            links.Add(new LibraryImport(import.Module, import.Name, WasmtimeValues.KindsOf(host.Signature.Params),
                WasmtimeValues.KindsOf(host.Signature.Results)));
        }
        return null;
    }

    private WasmError? Reserve(ModuleContents contents)
    {
        long bytes = contents.Memories.Count == 0 ? 0 : (long)contents.Memories[0].Min * ModuleLimits.PageBytes;
        bool fits = bytes <= _memoryLimit;
        foreach (TableType table in contents.Tables) fits &= table.Limits.Min <= _budget.TableElements;
        if (!fits || !_budget.Native.TryTake(bytes))
            return new WasmError(WasmErrorKind.Limit, "the budget has no room for the instance's memory or tables");
        _charged = bytes;
        foreach (ExportEntry export in contents.Exports)
            if (export.Kind == WasmExternKind.Memory) _memoryName = export.Name;
        return null;
    }

    private WasmTrap MakeTrap(LibraryEnd end)
    {
        Ending? ending = _ending;
        _ending = null;
        WasmTrapKind kind = ending?.Kind ?? KindOf(end.TrapCode);
        string message = ending?.Message ?? (kind == WasmTrapKind.Host ? end.Message : TrapMessages.Of(kind));
        List<WasmFrame> own = [];
        foreach (LibraryFrame frame in end.Frames) own.Add(_module!.FrameOf(frame));
        if (ending?.Passed is not { } inner)
            return new WasmTrap(kind, message, own, end.FramesLeftOut) { ExitStatus = ending?.ExitStatus ?? 0 };
        // The library may have looked through the host's frames: then the inner trap has the outer frames already.
        List<WasmFrame> frames = [.. inner.Frames];
        int leftOut = inner.FramesLeftOut + end.FramesLeftOut;
        if (!EndsWith(frames, own))
        {
            int room = Math.Min(own.Count, WasmTrap.MaxFrames - frames.Count);
            frames.AddRange(own[..room]);
            leftOut += own.Count - room;
        }
        return new WasmTrap(kind, message, frames, leftOut) { ExitStatus = inner.ExitStatus };
    }

    private static bool EndsWith(List<WasmFrame> frames, List<WasmFrame> end)
    {
        if (end.Count > frames.Count) return false;
        for (int i = 1; i <= end.Count; i++)
            if (frames[^i] != end[^i]) return false;
        return true;
    }

    /// <summary>Of a wasmtime_trap_code_t.</summary>
    private static WasmTrapKind KindOf(byte? code) => code switch
    {
        0 => WasmTrapKind.StackExhausted,
        1 => WasmTrapKind.MemoryOutOfBounds,
        3 => WasmTrapKind.TableOutOfBounds,
        4 => WasmTrapKind.UninitializedElement,
        5 => WasmTrapKind.SignatureMismatch,
        6 => WasmTrapKind.IntegerOverflow,
        7 => WasmTrapKind.DivideByZero,
        8 => WasmTrapKind.InvalidConversion,
        9 => WasmTrapKind.Unreachable,
        10 => WasmTrapKind.Interrupted,
        _ => WasmTrapKind.Host,
    };
}
