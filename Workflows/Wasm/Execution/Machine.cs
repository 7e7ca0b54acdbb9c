using System.Runtime.InteropServices;

namespace Slungd.Workflows.Wasm.Execution;

// Unsafe: the interpreter's own structures, in native memory so that it reaches everything through plain pointers and
// the collector never looks at them. All of them belong to the store's heap (memories and tables to their own
// reservations) and die with it. Only the store's thread touches them, but for Machine.Interrupt.

/// <summary>A linear memory as instances share it: the base never moves, the length grows.</summary>
internal unsafe struct MemoryCell
{
    public byte* Base;
    public ulong Length;
}

/// <summary>A table: elements are <see cref="FunctionEntry"/> pointers or the host's numbers, 0 for null.</summary>
internal unsafe struct TableCell
{
    public ulong* Elements;
    public uint Length;
}

/// <summary>A function of an instance or of the host: what a funcref points at.</summary>
internal unsafe struct FunctionEntry
{
    /// <summary>Its instructions; <see cref="Stub"/> until it is first called.</summary>
    public ushort* Code;

    /// <summary>Null when it is the host's.</summary>
    public InstanceCell* Instance;

    /// <summary>What its frame needs; known once translated.</summary>
    public int FrameSlots;

    /// <summary>Number of its signature in the store: equal when the signatures are.</summary>
    public int Type;

    /// <summary>In the module's function space; of a host's function in the store's list.</summary>
    public int Index;

    /// <summary>The instruction that translates it.</summary>
    public ushort Stub;
}

/// <summary>What an instance's code names by number. Imported things are those of their owners.</summary>
internal unsafe struct InstanceCell
{
    public FunctionEntry** Functions;
    public ulong** Globals;
    public TableCell** Tables;

    /// <summary>The store's number of each of the module's types.</summary>
    public int* Types;
    public MemoryCell* Memory;

    /// <summary>In the store's list.</summary>
    public int Id;
}

/// <summary>Where a call goes on when the callee returns. Calls that cross instances leave two more on top, see
/// <see cref="Calls"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ReturnRecord
{
    public ushort* Code;
    public ulong* Frame;
}

/// <summary>The state of a store's one thread of execution.</summary>
internal unsafe struct Machine
{
    /// <summary>Set from any thread; tested at branches and calls.</summary>
    public int Interrupt;

    /// <summary>How the last run ended.</summary>
    public WasmTrapKind Trap;

    /// <summary>Where it trapped, and in which frame.</summary>
    public ushort* TrapAt;
    public ulong* TrapFrame;

    public ReturnRecord* Record;
    public ReturnRecord* RecordEnd;
    public ulong* StackEnd;

    /// <summary>The first slot that no frame uses, while the host is called.</summary>
    public ulong* StackTop;

    /// <summary>A copy of the running instance's cell, and the cell.</summary>
    public InstanceCell Here;
    public InstanceCell* HereAt;

    /// <summary>Where to go on after a helper has changed instance or frame.</summary>
    public ushort* NextCode;
    public ulong* NextFrame;

    /// <summary>Code of two single instructions: back to the host, back to the calling instance.</summary>
    public ushort LeaveCode;
    public ushort ResumeCode;
}
