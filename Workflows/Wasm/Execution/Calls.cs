using System.Runtime.CompilerServices;

namespace Slungd.Workflows.Wasm.Execution;

// Unsafe: moves the interpreter between frames, see Machine.

/// <summary>Calls that are more than a jump: into the host, into another instance, for the first time.</summary>
internal static unsafe class Calls
{
    /// <summary>Calls a function that may belong to anyone. Where to go on is left in
    /// <see cref="Machine.NextCode"/>.</summary>
    /// <param name="store">Whose machine it is.</param>
    /// <param name="machine">The state.</param>
    /// <param name="callee">The function.</param>
    /// <param name="at">The call's own instruction; its second unit names the first argument's slot.</param>
    /// <param name="after">Where the caller goes on.</param>
    /// <param name="fp">The caller's frame.</param>
    /// <returns>False when it traps.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Enter(EmbeddedStore store, Machine* machine, FunctionEntry* callee, ushort* at, ushort* after,
        ulong* fp)
    {
        ulong* frame = fp + at[1];
        if (machine->Interrupt != 0 && !store.MayGoOn()) return Trap(machine, WasmTrapKind.Interrupted, at, fp);
        if (callee->Instance == null)
        {
            WasmTrapKind refused = store.CallHost(callee, frame);
            if (refused != WasmTrapKind.None) return Trap(machine, refused, at, fp);
            machine->NextCode = after;
            machine->NextFrame = fp;
            return true;
        }
        ReturnRecord* record = machine->Record;
        if (frame + callee->FrameSlots > machine->StackEnd || machine->RecordEnd - record < 3)
            return Trap(machine, WasmTrapKind.StackExhausted, at, fp);
        record->Code = after;
        record->Frame = fp;
        record++;
        if (callee->Instance != machine->HereAt)
        {
            record->Code = null;
            record->Frame = (ulong*)machine->HereAt;
            record++;
            record->Code = &machine->ResumeCode;
            record->Frame = frame;
            record++;
            Switch(machine, callee->Instance);
        }
        machine->Record = record;
        machine->NextCode = callee->Code;
        machine->NextFrame = frame;
        return true;
    }

    /// <summary>Back in the instance that made a call across instances.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Resume(Machine* machine)
    {
        machine->Record -= 2;
        Switch(machine, (InstanceCell*)machine->Record[1].Frame);
        machine->NextCode = machine->Record->Code;
        machine->NextFrame = machine->Record->Frame;
    }

    public static void Switch(Machine* machine, InstanceCell* instance)
    {
        machine->HereAt = instance;
        machine->Here = *instance;
    }

    /// <summary>The first call of a function: translates it. Null when that traps.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ushort* Translate(EmbeddedStore store, Machine* machine, ushort* stub, ulong* fp)
    {
        FunctionEntry* entry = EntryOf(stub);
        if (!store.TryTranslate(entry)) Trap(machine, WasmTrapKind.OutOfMemory, stub, fp);
        else if (fp + entry->FrameSlots > machine->StackEnd) Trap(machine, WasmTrapKind.StackExhausted, stub, fp);
        else return entry->Code;
        return null;
    }

    /// <summary>The entry that a stub belongs to.</summary>
    public static FunctionEntry* EntryOf(ushort* stub) => (FunctionEntry*)(stub - StubOffset());

    private static long StubOffset()
    {
        FunctionEntry entry;
        return &entry.Stub - (ushort*)&entry;
    }

    /// <summary>Notes how and where a run ends. Always false.</summary>
    public static bool Trap(Machine* machine, WasmTrapKind kind, ushort* at, ulong* fp)
    {
        machine->Trap = kind;
        machine->TrapAt = at;
        machine->TrapFrame = fp;
        return false;
    }
}
