using System;
using Slungd.Workflows.Wasm.Translation;

namespace Slungd.Workflows.Wasm.Execution;

// Unsafe: continues the interpreter, on the same machine and frame.

/// <summary>What the main loop leaves out: conversions and float functions here, memory and tables in
/// <see cref="BulkOperations"/>. A smaller loop keeps more in registers.</summary>
internal static unsafe class RareOperations
{
    /// <summary>Executes one instruction.</summary>
    /// <returns>The next one; null when it traps.</returns>
    public static ushort* Run(EmbeddedStore store, Machine* machine, ushort* ip, ulong* fp)
    {
        var op = (IrOp)(*ip);
        if (op < IrOp.F64Min) return Single(op, ip, fp);
        if (op < IrOp.I32TruncF32S) return Double(op, ip, fp);
        if (op < IrOp.I32SatF32S) return Truncate(op, machine, ip, fp);
        if (op < IrOp.MemorySize) return Convert(op, ip, fp);
        return BulkOperations.Run(store, machine, ip, fp);
    }

    private static float F32(ulong* slot) => *(float*)slot;

    private static double F64(ulong* slot) => *(double*)slot;

    private static ushort* Single(IrOp op, ushort* ip, ulong* fp)
    {
        float* result = (float*)(fp + ip[1]);
        ulong* a = fp + ip[2];
        switch (op)
        {
            case IrOp.F32Min: *result = FloatMath.Min(F32(a), F32(fp + ip[3])); return ip + 4;
            case IrOp.F32Max: *result = FloatMath.Max(F32(a), F32(fp + ip[3])); return ip + 4;
            case IrOp.F32CopySign:
                fp[ip[1]] = (uint)*a & 0x7FFFFFFF | (uint)fp[ip[3]] & 0x80000000;
                return ip + 4;
            case IrOp.F32Ceil: *result = FloatMath.Ceil(F32(a)); return ip + 3;
            case IrOp.F32Floor: *result = FloatMath.Floor(F32(a)); return ip + 3;
            case IrOp.F32Trunc: *result = FloatMath.Trunc(F32(a)); return ip + 3;
            default: *result = FloatMath.Nearest(F32(a)); return ip + 3;
        }
    }

    private static ushort* Double(IrOp op, ushort* ip, ulong* fp)
    {
        const ulong Sign = 1UL << 63;
        double* result = (double*)(fp + ip[1]);
        ulong* a = fp + ip[2];
        switch (op)
        {
            case IrOp.F64Min: *result = FloatMath.Min(F64(a), F64(fp + ip[3])); return ip + 4;
            case IrOp.F64Max: *result = FloatMath.Max(F64(a), F64(fp + ip[3])); return ip + 4;
            case IrOp.F64CopySign: fp[ip[1]] = *a & ~Sign | fp[ip[3]] & Sign; return ip + 4;
            case IrOp.F64Ceil: *result = FloatMath.Ceil(F64(a)); return ip + 3;
            case IrOp.F64Floor: *result = FloatMath.Floor(F64(a)); return ip + 3;
            case IrOp.F64Trunc: *result = FloatMath.Trunc(F64(a)); return ip + 3;
            default: *result = FloatMath.Nearest(F64(a)); return ip + 3;
        }
    }

    private static ushort* Truncate(IrOp op, Machine* machine, ushort* ip, ulong* fp)
    {
        bool single = op is IrOp.I32TruncF32S or IrOp.I32TruncF32U or IrOp.I64TruncF32S or IrOp.I64TruncF32U;
        double a = single ? F32(fp + ip[2]) : F64(fp + ip[2]);
        WasmTrapKind trap;
        ulong result = 0;
        switch (op)
        {
            case IrOp.I32TruncF32S or IrOp.I32TruncF64S:
                trap = FloatMath.CheckI32(a);
                if (trap == WasmTrapKind.None) result = (uint)(int)a;
                break;
            case IrOp.I32TruncF32U or IrOp.I32TruncF64U:
                trap = FloatMath.CheckU32(a);
                if (trap == WasmTrapKind.None) result = (uint)(long)a;
                break;
            case IrOp.I64TruncF32S or IrOp.I64TruncF64S:
                trap = FloatMath.CheckI64(a);
                if (trap == WasmTrapKind.None) result = (ulong)(long)a;
                break;
            default:
                trap = FloatMath.CheckU64(a);
                if (trap == WasmTrapKind.None) result = FloatMath.SaturateU64(a);
                break;
        }
        if (trap != WasmTrapKind.None)
        {
            Calls.Trap(machine, trap, ip, fp);
            return null;
        }
        fp[ip[1]] = result;
        return ip + 3;
    }

    private static ushort* Convert(IrOp op, ushort* ip, ulong* fp)
    {
        ulong* a = fp + ip[2], result = fp + ip[1];
        switch (op)
        {
            case IrOp.I32SatF32S: *result = (uint)FloatMath.SaturateI32(F32(a)); break;
            case IrOp.I32SatF32U: *result = FloatMath.SaturateU32(F32(a)); break;
            case IrOp.I32SatF64S: *result = (uint)FloatMath.SaturateI32(F64(a)); break;
            case IrOp.I32SatF64U: *result = FloatMath.SaturateU32(F64(a)); break;
            case IrOp.I64SatF32S: *result = (ulong)FloatMath.SaturateI64(F32(a)); break;
            case IrOp.I64SatF32U: *result = FloatMath.SaturateU64(F32(a)); break;
            case IrOp.I64SatF64S: *result = (ulong)FloatMath.SaturateI64(F64(a)); break;
            case IrOp.I64SatF64U: *result = FloatMath.SaturateU64(F64(a)); break;
            case IrOp.F32FromI32S: *(float*)result = (int)*a; break;
            case IrOp.F32FromI32U: *(float*)result = (long)(uint)*a; break;
            case IrOp.F32FromI64S: *(float*)result = (long)*a; break;
            case IrOp.F32FromI64U: *(float*)result = FloatMath.ToSingle(*a); break;
            case IrOp.F64FromI64S: *(double*)result = (long)*a; break;
            case IrOp.F64FromI64U: *(double*)result = FloatMath.ToDouble(*a); break;
            case IrOp.F32Demote: *(float*)result = (float)F64(a); break;
            default: *(double*)result = F32(a); break;
        }
        return ip + 3;
    }
}
