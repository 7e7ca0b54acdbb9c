using System;

namespace Slungd.Workflows.Wasm;

/// <summary>A function of the host as guests call it: reads its arguments from the call, and sets results or a trap
/// there. It may call back into the guest (<see cref="WasmBudget.Reentries"/>). What it throws passes through the
/// guest to the host's own caller: a bug, never a guest's fault.</summary>
internal delegate void HostFunction(ref HostCall call);

/// <summary>One call from a guest. Arguments and results share their place: read all arguments first.</summary>
internal ref struct HostCall
{
    private readonly Span<ulong> _slots;

    /// <param name="caller">The instance whose code makes the call.</param>
    /// <param name="slots">Arguments from the front, then results from the front; a V128 takes two slots.</param>
    public HostCall(IWasmInstance caller, Span<ulong> slots)
    {
        Caller = caller;
        _slots = slots;
    }

    /// <summary>The guest: its exported memory is where pointers among the arguments point.</summary>
    public IWasmInstance Caller { get; }

    /// <summary>Why the call does not return, or null.</summary>
    public string? TrapMessage { get; private set; }

    /// <summary>Set when the guest asked to end.</summary>
    public int? ExitStatus { get; private set; }

    /// <summary>A trap of a nested call that this call passes on.</summary>
    public WasmTrap? Passed { get; private set; }

    /// <summary>Whether the guest's call ends here.</summary>
    public readonly bool Ended => TrapMessage is not null || ExitStatus is not null || Passed is not null;

    public readonly int I32(int slot) => (int)_slots[slot];

    public readonly uint U32(int slot) => (uint)_slots[slot];

    public readonly long I64(int slot) => (long)_slots[slot];

    public readonly float F32(int slot) => BitConverter.UInt32BitsToSingle((uint)_slots[slot]);

    public readonly double F64(int slot) => BitConverter.UInt64BitsToDouble(_slots[slot]);

    public readonly void Return(int value) => _slots[0] = (uint)value;

    public readonly void Return(long value) => _slots[0] = (ulong)value;

    public readonly void Return(float value) => _slots[0] = BitConverter.SingleToUInt32Bits(value);

    public readonly void Return(double value) => _slots[0] = BitConverter.DoubleToUInt64Bits(value);

    /// <summary>Arguments and results as bits, for what the typed members don't cover.</summary>
    public readonly Span<ulong> Slots => _slots;

    /// <summary>Ends the guest's call with this message.</summary>
    public void Trap(string message) => TrapMessage = message;

    /// <summary>Ends the guest's call because one made from within this function trapped.</summary>
    public void Trap(WasmTrap nested) => Passed = nested;

    /// <summary>Ends the guest's call as WASI's proc_exit does.</summary>
    public void Exit(int status) => ExitStatus = status;
}
