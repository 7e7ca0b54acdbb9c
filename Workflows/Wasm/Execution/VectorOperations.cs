using System.Runtime.Intrinsics;
using Slungd.Workflows.Wasm.Translation;

namespace Slungd.Workflows.Wasm.Execution;

// Unsafe: continues the interpreter, on the same machine and frame.

/// <summary>Instructions on 128 bits: two slots. The families of <see cref="IrOp"/> differ in the shape of their
/// operands, which are read and written here; what they compute is elsewhere.</summary>
internal static unsafe class VectorOperations
{
    /// <inheritdoc cref="RareOperations.Run"/>
    public static ushort* Run(Machine* machine, ushort* ip, ulong* fp)
    {
        var op = (IrOp)(*ip);
        if (op >= IrOp.I8x16Eq)
        {
            Vector128<byte> a = *(Vector128<byte>*)(fp + ip[2]), b = *(Vector128<byte>*)(fp + ip[3]);
            *(Vector128<byte>*)(fp + ip[1]) = op < IrOp.I8x16Swizzle ? VectorComparisons.Compare(op, a, b)
                : op < IrOp.I8x16NarrowI16x8S ? VectorIntegers.Combine(op, a, b)
                : op < IrOp.F32x4Add ? VectorWidening.Combine(op, a, b)
                : VectorFloats.Combine(op, a, b);
            return ip + 4;
        }
        if (op >= IrOp.V128Not)
        {
            Vector128<byte> a = *(Vector128<byte>*)(fp + ip[2]);
            *(Vector128<byte>*)(fp + ip[1]) =
                op < IrOp.F32x4Ceil ? VectorWidening.Change(op, a) : VectorFloats.Change(op, a);
            return ip + 3;
        }
        if (op >= IrOp.I8x16Splat) return Mixed(op, ip, fp);
        if (op >= IrOp.V128Store8Lane) return VectorMemory.StoreLane(machine, ip, fp);
        if (op >= IrOp.V128Load8Lane) return VectorMemory.LoadLane(machine, ip, fp);
        if (op >= IrOp.V128Store) return VectorMemory.Store(machine, ip, fp);
        if (op >= IrOp.V128Load) return VectorMemory.Load(machine, ip, fp);
        return op >= IrOp.I8x16ExtractLaneS ? Lane(op, ip, fp) : Move(op, machine, ip, fp);
    }

    // A vector and a number.
    private static ushort* Mixed(IrOp op, ushort* ip, ulong* fp)
    {
        if (op < IrOp.V128AnyTrue)
        {
            *(Vector128<byte>*)(fp + ip[1]) = VectorIntegers.Splat(op, fp[ip[2]]);
            return ip + 3;
        }
        Vector128<byte> a = *(Vector128<byte>*)(fp + ip[2]);
        if (op < IrOp.I8x16Shl)
        {
            fp[ip[1]] = VectorIntegers.Test(op, a);
            return ip + 3;
        }
        *(Vector128<byte>*)(fp + ip[1]) = VectorIntegers.Shift(op, a, (int)fp[ip[3]]);
        return ip + 4;
    }

    private static ushort* Lane(IrOp op, ushort* ip, ulong* fp)
    {
        ulong* a = fp + ip[2];
        int lane = ip[3];
        switch (op)
        {
            case IrOp.I8x16ExtractLaneS: fp[ip[1]] = (uint)((sbyte*)a)[lane]; return ip + 4;
            case IrOp.I8x16ExtractLaneU: fp[ip[1]] = ((byte*)a)[lane]; return ip + 4;
            case IrOp.I16x8ExtractLaneS: fp[ip[1]] = (uint)((short*)a)[lane]; return ip + 4;
            case IrOp.I16x8ExtractLaneU: fp[ip[1]] = ((ushort*)a)[lane]; return ip + 4;
            case IrOp.I32x4ExtractLane: fp[ip[1]] = ((uint*)a)[lane]; return ip + 4;
            case IrOp.I64x2ExtractLane: fp[ip[1]] = a[lane]; return ip + 4;
        }
        Vector128<byte> vector = *(Vector128<byte>*)a;
        ulong value = fp[ip[3]];
        lane = ip[4];
        switch (op)
        {
            case IrOp.I8x16ReplaceLane: ((byte*)&vector)[lane] = (byte)value; break;
            case IrOp.I16x8ReplaceLane: ((ushort*)&vector)[lane] = (ushort)value; break;
            case IrOp.I32x4ReplaceLane: ((uint*)&vector)[lane] = (uint)value; break;
            default: ((ulong*)&vector)[lane] = value; break;
        }
        *(Vector128<byte>*)(fp + ip[1]) = vector;
        return ip + 5;
    }

    private static ushort* Move(IrOp op, Machine* machine, ushort* ip, ulong* fp)
    {
        switch (op)
        {
            case IrOp.CopyWide: Copy(fp + ip[1], fp + ip[2]); return ip + 3;
            case IrOp.SelectWide:
                Copy(fp + ip[1], fp + ((uint)fp[ip[2]] != 0 ? ip[3] : ip[4]));
                return ip + 5;
            case IrOp.ConstWide: Copy(fp + ip[1], (ulong*)(ip + 2)); return ip + 10;
            case IrOp.GlobalGetWide: Copy(fp + ip[1], machine->Here.Globals[*(uint*)(ip + 2)]); return ip + 4;
            case IrOp.GlobalSetWide: Copy(machine->Here.Globals[*(uint*)(ip + 2)], fp + ip[1]); return ip + 4;
            case IrOp.V128Bitselect:
                *(Vector128<byte>*)(fp + ip[1]) = Vector128.ConditionalSelect(*(Vector128<byte>*)(fp + ip[4]),
                    *(Vector128<byte>*)(fp + ip[2]), *(Vector128<byte>*)(fp + ip[3]));
                return ip + 5;
            default: // a shuffle: lanes 16 and up are those of the second vector
                Vector128<byte> lanes = *(Vector128<byte>*)(ip + 4);
                *(Vector128<byte>*)(fp + ip[1]) = Vector128.Shuffle(*(Vector128<byte>*)(fp + ip[2]), lanes)
                    | Vector128.Shuffle(*(Vector128<byte>*)(fp + ip[3]), lanes - Vector128.Create((byte)16));
                return ip + 12;
        }
    }

    private static void Copy(ulong* target, ulong* source) =>
        *(Vector128<ulong>*)target = *(Vector128<ulong>*)source;
}
