using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Native.Checks;
using Slungd.Native.Memory;
using Slungd.Workflows.Wasm.Modules;
using Slungd.Workflows.Wasm.Translation;

namespace Slungd.Workflows.Wasm.Execution;

// Unsafe: owns the native memory that the functions' code lies in, from the first call of each until the last instance
// is gone. Translation is under the lock; code that is published never changes.

/// <summary>A validated module with the code of the functions that have been called.</summary>
internal sealed unsafe class EmbeddedModule : IWasmModule
{
    private readonly Lock _gate = new();
    private readonly NativeHeap _heap;
    private readonly Translator _translator;
    private readonly List<CodeRange> _ranges = [];
    private readonly CodeRange?[] _codes;
    private FunctionNames? _names;
    private int _users = 1;

    public EmbeddedModule(ModuleContents contents, ByteBudget code)
    {
        Contents = contents;
        _heap = new NativeHeap(code);
        _translator = new Translator(contents);
        _codes = new CodeRange?[contents.Bodies.Count];
        Imports = contents.ListImports();
        Exports = contents.ListExports();
    }

    public ModuleContents Contents { get; }

    public IReadOnlyList<WasmImport> Imports { get; }

    public IReadOnlyList<WasmExport> Exports { get; }

    /// <summary>An instance more; its store releases it.</summary>
    public void Retain() => Invariant.Check(Interlocked.Increment(ref _users) > 1);

    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0) _heap.Dispose();
    }

    public void Dispose() => Release();

    /// <summary>The code of a function, translated now if need be. Null when the budget has no room for it.</summary>
    /// <param name="function">In the function space; not imported.</param>
    public CodeRange? CodeOf(int function)
    {
        lock (_gate)
        {
            int body = function - Contents.ImportedFunctions;
            if (_codes[body] is { } known) return known;
            ReadOnlySpan<ushort> code = _translator.Translate(body, out int slots);
            ushort* copy = (ushort*)_heap.TryAllocate((long)code.Length * sizeof(ushort));
            if (copy == null) return null;
            code.CopyTo(new Span<ushort>(copy, code.Length));
            CodeRange range = new(function, copy, code.Length, slots);
            _ranges.Add(range);
            _codes[body] = range;
            return range;
        }
    }

    /// <summary>The frame of an address in the code of this module; null when it is not in it.</summary>
    public WasmFrame? FrameAt(ushort* address)
    {
        lock (_gate)
        {
            foreach (CodeRange range in _ranges)
            {
                if (address < range.Start || address >= range.Start + range.Units) continue;
                int body = range.Function - Contents.ImportedFunctions;
                return Frame(range.Function, _translator.FindOffset(body, (int)(address - range.Start)));
            }
            return null;
        }
    }

    /// <summary>A frame of a function that has not begun.</summary>
    public WasmFrame FrameOf(int function)
    {
        lock (_gate) return Frame(function, Contents.Bodies[function - Contents.ImportedFunctions].Start);
    }

    private WasmFrame Frame(int function, int offset) =>
        new(function, (_names ??= new FunctionNames(Contents)).NameOf(function), offset);
}

/// <summary>Where a function's code lies.</summary>
internal sealed unsafe class CodeRange(int function, ushort* start, int units, int frameSlots)
{
    /// <summary>In the function space.</summary>
    public int Function => function;

    public ushort* Start => start;

    public int Units => units;

    public int FrameSlots => frameSlots;
}
