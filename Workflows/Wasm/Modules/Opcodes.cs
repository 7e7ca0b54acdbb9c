namespace Slungd.Workflows.Wasm.Modules;

/// <summary>The table of instructions: the one source for validator, translator and interpreter.</summary>
internal static class Opcodes
{
    public const int Unreachable = 0x00, Nop = 0x01, Block = 0x02, Loop = 0x03, If = 0x04, Else = 0x05, End = 0x0B,
        Br = 0x0C, BrIf = 0x0D, BrTable = 0x0E, Return = 0x0F, Call = 0x10, CallIndirect = 0x11, Drop = 0x1A,
        Select = 0x1B, SelectTyped = 0x1C, LocalGet = 0x20, LocalSet = 0x21, LocalTee = 0x22, GlobalGet = 0x23,
        GlobalSet = 0x24, TableGet = 0x25, TableSet = 0x26, I32Const = 0x41, I64Const = 0x42, F32Const = 0x43,
        F64Const = 0x44, RefNull = 0xD0, RefIsNull = 0xD1, RefFunc = 0xD2, MemoryInit = 0x108, DataDrop = 0x109,
        TableInit = 0x10C, TableGrow = 0x10F, TableFill = 0x111, V128Const = 0x20C;

    private const int Prefixed = 0x100;
    private static readonly Opcode?[] ByCode = Fill();

    /// <summary>The row of a code; null when the specification has none.</summary>
    public static Opcode? Find(int code) => (uint)code < (uint)ByCode.Length ? ByCode[code] : null;

    /// <summary>Reads an instruction's code. Null, with the reader failed, when there is no such instruction.</summary>
    public static Opcode? Read(ref WasmReader reader)
    {
        int at = reader.Position;
        int code = reader.Byte();
        if (code is 0xFC or 0xFD)
        {
            uint sub = reader.U32();
            code = sub < Prefixed ? (int)sub + Prefixed * (code - 0xFB) : -1;
        }
        if (reader.Failed) return null;
        Opcode? found = Find(code);
        if (found is null) reader.FailAt(at, WasmErrorKind.Malformed, "illegal opcode");
        return found;
    }

    private static Opcode?[] Fill()
    {
        var table = new Opcode?[3 * Prefixed];
        foreach (Opcode opcode in CoreOpcodes.All) table[opcode.Code] = opcode;
        foreach (Opcode opcode in VectorOpcodes.All) table[opcode.Code] = opcode;
        return table;
    }
}
