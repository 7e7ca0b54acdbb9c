using System;
using Slungd.Workflows.Wasm.Translation;

namespace Slungd.Workflows.Wasm.Execution;

// Unsafe: continues the interpreter, on the same machine and frame.

/// <summary>Memory and tables as wholes. Ranges are checked in 64 bits before anything is written; long ones are worked
/// off in pieces between which an interrupt is seen.</summary>
internal static unsafe class BulkOperations
{
    private const ulong Piece = 1 << 20;

    /// <inheritdoc cref="RareOperations.Run"/>
    public static ushort* Run(EmbeddedStore store, Machine* machine, ushort* ip, ulong* fp)
    {
        WasmTrapKind trap = WasmTrapKind.None;
        ushort* next;
        switch ((IrOp)(*ip))
        {
            case IrOp.MemorySize: fp[ip[1]] = machine->Here.Memory->Length >> 16; return ip + 2;
            case IrOp.MemoryGrow:
                fp[ip[1]] = store.Running(machine).Memory!.Grow((uint)fp[ip[2]]);
                return ip + 3;
            case IrOp.MemoryCopy:
                trap = Copy(store, machine, (uint)fp[ip[1]], (uint)fp[ip[2]], (uint)fp[ip[3]]);
                next = ip + 4;
                break;
            case IrOp.MemoryFill:
                trap = Fill(store, machine, (uint)fp[ip[1]], (byte)fp[ip[2]], (uint)fp[ip[3]]);
                next = ip + 4;
                break;
            case IrOp.MemoryInit:
                trap = store.Running(machine).InitMemory(*(int*)(ip + 4), (uint)fp[ip[1]], (uint)fp[ip[2]],
                    (uint)fp[ip[3]]);
                next = ip + 6;
                break;
            case IrOp.DataDrop: store.Running(machine).DropData(*(int*)(ip + 1)); return ip + 3;
            case IrOp.ElementDrop: store.Running(machine).DropElements(*(int*)(ip + 1)); return ip + 3;
            case IrOp.RefFunc: fp[ip[1]] = (ulong)machine->Here.Functions[*(uint*)(ip + 2)]; return ip + 4;
            default: trap = Table(store, machine, ip, fp, out next); break;
        }
        if (trap == WasmTrapKind.None) return next;
        Calls.Trap(machine, trap, ip, fp);
        return null;
    }

    private static WasmTrapKind Table(EmbeddedStore store, Machine* machine, ushort* ip, ulong* fp, out ushort* next)
    {
        next = ip + 4;
        uint a = (uint)fp[ip[1]];
        switch ((IrOp)(*ip))
        {
            case IrOp.TableGet:
            {
                TableCell* table = machine->Here.Tables[ip[3]];
                uint index = (uint)fp[ip[2]];
                if (index >= table->Length) return WasmTrapKind.TableOutOfBounds;
                fp[ip[1]] = table->Elements[index];
                return WasmTrapKind.None;
            }
            case IrOp.TableSet:
            {
                TableCell* table = machine->Here.Tables[ip[3]];
                if (a >= table->Length) return WasmTrapKind.TableOutOfBounds;
                table->Elements[a] = fp[ip[2]];
                return WasmTrapKind.None;
            }
            case IrOp.TableSize:
                fp[ip[1]] = machine->Here.Tables[ip[2]]->Length;
                next = ip + 3;
                return WasmTrapKind.None;
            case IrOp.TableGrow:
                fp[ip[1]] = store.Running(machine).Tables[ip[4]].Grow((uint)fp[ip[3]], fp[ip[2]]);
                next = ip + 5;
                return WasmTrapKind.None;
            case IrOp.TableFill:
            {
                TableCell* table = machine->Here.Tables[ip[4]];
                uint count = (uint)fp[ip[3]];
                next = ip + 5;
                if ((ulong)a + count > table->Length) return WasmTrapKind.TableOutOfBounds;
                new Span<ulong>(table->Elements + a, (int)count).Fill(fp[ip[2]]);
                return WasmTrapKind.None;
            }
            case IrOp.TableCopy:
            {
                TableCell* target = machine->Here.Tables[ip[4]], source = machine->Here.Tables[ip[5]];
                uint from = (uint)fp[ip[2]], count = (uint)fp[ip[3]];
                next = ip + 6;
                if ((ulong)a + count > target->Length || (ulong)from + count > source->Length)
                    return WasmTrapKind.TableOutOfBounds;
                new Span<ulong>(source->Elements + from, (int)count)
                    .CopyTo(new Span<ulong>(target->Elements + a, (int)count));
                return WasmTrapKind.None;
            }
            default:
                next = ip + 7;
                return store.Running(machine).InitTable(ip[4], *(int*)(ip + 5), a, (uint)fp[ip[2]], (uint)fp[ip[3]]);
        }
    }

    private static WasmTrapKind Copy(EmbeddedStore store, Machine* machine, ulong target, ulong source, ulong count)
    {
        MemoryCell* memory = machine->Here.Memory;
        if (target + count > memory->Length || source + count > memory->Length) return WasmTrapKind.MemoryOutOfBounds;
        bool upwards = target <= source;
        for (ulong done = 0; done < count;)
        {
            ulong piece = Math.Min(Piece, count - done);
            ulong at = upwards ? done : count - done - piece;
            Buffer.MemoryCopy(memory->Base + source + at, memory->Base + target + at, piece, piece);
            done += piece;
            if (done < count && machine->Interrupt != 0 && !store.MayGoOn()) return WasmTrapKind.Interrupted;
        }
        return WasmTrapKind.None;
    }

    private static WasmTrapKind Fill(EmbeddedStore store, Machine* machine, ulong target, byte value, ulong count)
    {
        MemoryCell* memory = machine->Here.Memory;
        if (target + count > memory->Length) return WasmTrapKind.MemoryOutOfBounds;
        for (ulong done = 0; done < count;)
        {
            ulong piece = Math.Min(Piece, count - done);
            new Span<byte>(memory->Base + target + done, (int)piece).Fill(value);
            done += piece;
            if (done < count && machine->Interrupt != 0 && !store.MayGoOn()) return WasmTrapKind.Interrupted;
        }
        return WasmTrapKind.None;
    }
}
