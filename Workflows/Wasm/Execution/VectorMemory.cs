using System;
using System.Runtime.Intrinsics;
using Slungd.Workflows.Wasm.Translation;

namespace Slungd.Workflows.Wasm.Execution;

// Unsafe: continues the interpreter, on the same machine and frame. Addresses are checked as in the main loop.

/// <summary>Vectors and lanes to and from memory.</summary>
internal static unsafe class VectorMemory
{
    /// <summary>Result, address, offset.</summary>
    public static ushort* Load(Machine* machine, ushort* ip, ulong* fp)
    {
        var op = (IrOp)(*ip);
        uint size = op switch
        {
            IrOp.V128Load => 16,
            IrOp.V128Load8Splat => 1,
            IrOp.V128Load16Splat => 2,
            IrOp.V128Load32Splat or IrOp.V128Load32Zero => 4,
            _ => 8,
        };
        byte* at = Check(machine, ip, fp, fp[ip[2]], *(uint*)(ip + 3), size);
        if (at == null) return null;
        *(Vector128<byte>*)(fp + ip[1]) = Read(op, at);
        return ip + 5;
    }

    /// <summary>Address, vector, offset.</summary>
    public static ushort* Store(Machine* machine, ushort* ip, ulong* fp)
    {
        byte* at = Check(machine, ip, fp, fp[ip[1]], *(uint*)(ip + 3), 16);
        if (at == null) return null;
        *(Vector128<byte>*)at = *(Vector128<byte>*)(fp + ip[2]);
        return ip + 5;
    }

    /// <summary>Result, address, vector, offset, lane.</summary>
    public static ushort* LoadLane(Machine* machine, ushort* ip, ulong* fp)
    {
        uint size = 1u << (*ip - (int)IrOp.V128Load8Lane);
        byte* at = Check(machine, ip, fp, fp[ip[2]], *(uint*)(ip + 4), size);
        if (at == null) return null;
        Vector128<byte> vector = *(Vector128<byte>*)(fp + ip[3]);
        new Span<byte>(at, (int)size).CopyTo(new Span<byte>((byte*)&vector + ip[6] * size, (int)size));
        *(Vector128<byte>*)(fp + ip[1]) = vector;
        return ip + 7;
    }

    /// <summary>Address, vector, offset, lane.</summary>
    public static ushort* StoreLane(Machine* machine, ushort* ip, ulong* fp)
    {
        uint size = 1u << (*ip - (int)IrOp.V128Store8Lane);
        byte* at = Check(machine, ip, fp, fp[ip[1]], *(uint*)(ip + 3), size);
        if (at == null) return null;
        byte* lane = (byte*)(fp + ip[2]) + ip[5] * size;
        new Span<byte>(lane, (int)size).CopyTo(new Span<byte>(at, (int)size));
        return ip + 6;
    }

    private static Vector128<byte> Read(IrOp op, byte* at) => op switch
    {
        IrOp.V128Load => *(Vector128<byte>*)at,
        IrOp.V128Load8x8S => Vector128.WidenLower(Low(at).AsSByte()).AsByte(),
        IrOp.V128Load8x8U => Vector128.WidenLower(Low(at)).AsByte(),
        IrOp.V128Load16x4S => Vector128.WidenLower(Low(at).AsInt16()).AsByte(),
        IrOp.V128Load16x4U => Vector128.WidenLower(Low(at).AsUInt16()).AsByte(),
        IrOp.V128Load32x2S => Vector128.WidenLower(Low(at).AsInt32()).AsByte(),
        IrOp.V128Load32x2U => Vector128.WidenLower(Low(at).AsUInt32()).AsByte(),
        IrOp.V128Load8Splat => Vector128.Create(*at),
        IrOp.V128Load16Splat => Vector128.Create(*(ushort*)at).AsByte(),
        IrOp.V128Load32Splat => Vector128.Create(*(uint*)at).AsByte(),
        IrOp.V128Load64Splat => Vector128.Create(*(ulong*)at).AsByte(),
        IrOp.V128Load32Zero => Vector128.CreateScalar(*(uint*)at).AsByte(),
        _ => Low(at),
    };

    private static Vector128<byte> Low(byte* at) => Vector128.CreateScalar(*(ulong*)at).AsByte();

    private static byte* Check(Machine* machine, ushort* ip, ulong* fp, ulong address, uint offset, uint size)
    {
        ulong at = (uint)address + (ulong)offset;
        if (at + size <= machine->Here.Memory->Length) return machine->Here.Memory->Base + at;
        Calls.Trap(machine, WasmTrapKind.MemoryOutOfBounds, ip, fp);
        return null;
    }
}
