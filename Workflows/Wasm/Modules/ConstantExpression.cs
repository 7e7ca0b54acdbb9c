namespace Slungd.Workflows.Wasm.Modules;

internal enum ConstantKind : byte
{
    /// <summary>None or several values: decoded, never valid.</summary>
    Wrong,
    Value,
    Global,
    Function,
}

/// <summary>The value of a global, an offset or an element, known when a module is instantiated.</summary>
/// <param name="Kind">Where the value comes from.</param>
/// <param name="Value">Of kind Value; null references included.</param>
/// <param name="Index">Of a global or function.</param>
/// <param name="Offset">Where it stands in the module.</param>
internal readonly record struct ConstantExpression(ConstantKind Kind, WasmValue Value, int Index, int Offset)
{
    /// <summary>Reads one up to its `end`.</summary>
    public static ConstantExpression Read(ref WasmReader reader)
    {
        int offset = reader.Position, values = 0;
        ConstantExpression last = default;
        while (!reader.Failed)
        {
            int at = reader.Position;
            Opcode? opcode = Opcodes.Read(ref reader);
            if (opcode is null) break;
            if (opcode.Code == Opcodes.End) return (values == 1 ? last : default) with { Offset = offset };
            values++;
            switch (opcode.Code)
            {
                case Opcodes.I32Const: last = Of(new WasmValue(WasmType.I32, (uint)reader.S32())); break;
                case Opcodes.I64Const: last = Of(new WasmValue(WasmType.I64, (ulong)reader.S64())); break;
                case Opcodes.F32Const: last = Of(new WasmValue(WasmType.F32, reader.Fixed32())); break;
                case Opcodes.F64Const: last = Of(new WasmValue(WasmType.F64, reader.Fixed64())); break;
                case Opcodes.V128Const:
                    last = Of(new WasmValue(WasmType.V128, reader.Fixed64(), reader.Fixed64()));
                    break;
                case Opcodes.RefNull: last = Of(WasmValue.Null(reader.ReferenceType())); break;
                case Opcodes.RefFunc: last = new(ConstantKind.Function, default, (int)reader.U32(), 0); break;
                case Opcodes.GlobalGet: last = new(ConstantKind.Global, default, (int)reader.U32(), 0); break;
                default: reader.FailAt(at, WasmErrorKind.Invalid, "constant expression required"); break;
            }
        }
        return default;
    }

    private static ConstantExpression Of(WasmValue value) => new(ConstantKind.Value, value, 0, 0);
}
