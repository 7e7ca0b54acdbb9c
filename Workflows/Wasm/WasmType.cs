namespace Slungd.Workflows.Wasm;

/// <summary>Value types, numbered as in the binary format.</summary>
internal enum WasmType : byte
{
    /// <summary>No type: the operand of unreachable code, which fits anything.</summary>
    Unknown = 0,
    ExternRef = 0x6F,
    FuncRef = 0x70,
    V128 = 0x7B,
    F64 = 0x7C,
    F32 = 0x7D,
    I64 = 0x7E,
    I32 = 0x7F,
}

internal static class WasmTypeFacts
{
    extension(WasmType type)
    {
        public bool IsReference => type is WasmType.FuncRef or WasmType.ExternRef;

        public bool IsNumber => type is >= WasmType.F64 and <= WasmType.I32;

        /// <summary>Frame slots of 8 bytes that a value takes.</summary>
        public int Slots => type == WasmType.V128 ? 2 : 1;

        /// <summary>As in the text format.</summary>
        public string Name => type switch
        {
            WasmType.I32 => "i32",
            WasmType.I64 => "i64",
            WasmType.F32 => "f32",
            WasmType.F64 => "f64",
            WasmType.V128 => "v128",
            WasmType.FuncRef => "funcref",
            WasmType.ExternRef => "externref",
            _ => "any",
        };
    }
}
