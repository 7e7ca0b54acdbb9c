using System;
using Slungd.Workflows.Wasm;

namespace Slungd.Workflows.Abi;

/// <summary>One instance's memory and allocator. What is handed over belongs to the guest: the host frees nothing.
/// </summary>
internal sealed class GuestMemory
{
    public const string MemoryExport = "memory", AllocateExport = "allocate";

    private IWasmInstance? _instance;
    private IWasmMemory? _memory;
    private IWasmFunction? _allocate;

    /// <summary>Its `allocate` runs right now: it may not call what could hand something over again.</summary>
    private bool IsHandingOver { get; set; }

    /// <summary>The calling instance's memory; null, with a trap set, when it exports none.</summary>
    public IWasmMemory? Of(ref HostCall call)
    {
        if (!ReferenceEquals(_instance, call.Caller))
        {
            _instance = call.Caller;
            _memory = _instance.Find(MemoryExport) as IWasmMemory;
            _allocate = _instance.Find(AllocateExport) as IWasmFunction;
        }
        if (_memory is null) call.Trap("expected an exported memory");
        return _memory;
    }

    /// <summary>As <see cref="Of"/>, for functions that may hand something over: not from within `allocate`.</summary>
    public IWasmMemory? Enter(ref HostCall call)
    {
        if (!IsHandingOver) return Of(ref call);
        call.Trap("expected no call to the host from within allocate");
        return null;
    }

    /// <summary>Copies bytes into memory that the guest allocates, and a Region for them.</summary>
    /// <returns>The Region's place; 0 when the call was ended with a trap.</returns>
    public uint HandOver(ref HostCall call, ReadOnlySpan<byte> bytes)
    {
        if (Of(ref call) is not { } memory) return 0;
        uint at = Allocate(ref call, bytes.Length);
        if (call.Ended) return 0;
        // 0 is what malloc answers when there is no room: nothing may be written there.
        if (at == 0 || !memory.TrySlice(at, (uint)bytes.Length, out Span<byte> room))
            return Misplaced(ref call, at);
        bytes.CopyTo(room);
        uint region = Allocate(ref call, Region.Bytes);
        if (call.Ended) return 0;
        if (region == 0 || !memory.TrySlice(region, Region.Bytes, out room)) return Misplaced(ref call, region);
        Region.Write(room, at, (uint)bytes.Length);
        return region;
    }

    private static uint Misplaced(ref HostCall call, uint at)
    {
        call.Trap($"expected memory from allocate, got 0x{at:x}");
        return 0;
    }

    private uint Allocate(ref HostCall call, int bytes)
    {
        if (_allocate is null || !_allocate.Signature.Equals(Signatures.I32ToI32))
        {
            call.Trap("expected an exported allocate(i32) -> i32");
            return 0;
        }
        Span<WasmValue> results = stackalloc WasmValue[1];
        IsHandingOver = true;
        WasmTrap? trap;
        try { trap = _allocate.Call([WasmValue.FromI32(bytes)], results); }
        finally { IsHandingOver = false; }
        if (trap is not null) call.Trap(trap);
        return (uint)results[0].I32;
    }
}
