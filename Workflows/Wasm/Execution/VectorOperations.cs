using Slungd.Native.Checks;
using Slungd.Workflows.Wasm.Translation;

namespace Slungd.Workflows.Wasm.Execution;

// Unsafe: continues the interpreter, on the same machine and frame.

/// <summary>Instructions on 128 bits: two slots.</summary>
internal static unsafe class VectorOperations
{
    /// <inheritdoc cref="RareOperations.Run"/>
    public static ushort* Run(Machine* machine, ushort* ip, ulong* fp)
    {
        switch ((IrOp)(*ip))
        {
            case IrOp.CopyWide: Copy(fp + ip[1], fp + ip[2]); return ip + 3;
            case IrOp.SelectWide:
                Copy(fp + ip[1], fp + ((uint)fp[ip[2]] != 0 ? ip[3] : ip[4]));
                return ip + 5;
            case IrOp.ConstWide: Copy(fp + ip[1], (ulong*)(ip + 2)); return ip + 10;
            case IrOp.GlobalGetWide: Copy(fp + ip[1], machine->Here.Globals[*(uint*)(ip + 2)]); return ip + 4;
            case IrOp.GlobalSetWide: Copy(machine->Here.Globals[*(uint*)(ip + 2)], fp + ip[1]); return ip + 4;
            default:
                Throw.Bug("an instruction without code", *ip, (int)IrOp.CopyWide);
                return null;
        }
    }

    private static void Copy(ulong* target, ulong* source)
    {
        (ulong low, ulong high) = (source[0], source[1]);
        target[0] = low;
        target[1] = high;
    }
}
