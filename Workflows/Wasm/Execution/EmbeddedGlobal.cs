using Slungd.Native.Checks;
using Slungd.Workflows.Wasm.Modules;

namespace Slungd.Workflows.Wasm.Execution;

// Unsafe: the cell is in the store's heap.

/// <summary>A global: two slots, so that any value fits.</summary>
internal sealed unsafe class EmbeddedGlobal(EmbeddedStore store, ulong* cell, GlobalType type) : IWasmGlobal
{
    public WasmExternKind Kind => WasmExternKind.Global;

    public EmbeddedStore Store => store;

    public ulong* Cell => cell;

    public GlobalType Type => type;

    public bool Mutable => type.Mutable;

    public WasmValue Value
    {
        get => new(type.Type, cell[0], type.Type == WasmType.V128 ? cell[1] : 0);
        set
        {
            Invariant.Check(type.Mutable && value.Type == type.Type);
            Initialize(value);
        }
    }

    public void Initialize(WasmValue value)
    {
        cell[0] = value.Low;
        cell[1] = value.High;
    }
}
