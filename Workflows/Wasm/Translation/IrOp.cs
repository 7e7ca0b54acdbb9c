namespace Slungd.Workflows.Wasm.Translation;

/// <summary>Instructions of the register machine that functions are translated to: 16-bit units, the first the
/// operation, then slots of the frame, immediates and branch distances as docs/internals/wasm.md lays them out. The
/// order is part of it: each comparison's branch stands at the same distance behind it.</summary>
internal enum IrOp : ushort
{
    // Control and moves.
    Unreachable, Br, BrIf, BrUnless, BrTable, Return, ReturnOne, ReturnMany, Call, CallImport, CallIndirect, Leave,
    Resume, Translate, Copy, CopyMany, Const32, Const64, ZeroLocals, GlobalGet, GlobalSet, Select,

    // Comparisons of i32, then the branches made of them; then the same for i64, f32, f64.
    I32Eq, I32Ne, I32LtS, I32LtU, I32LeS, I32LeU, I32EqImm, I32NeImm, I32LtSImm, I32LtUImm, I32GtSImm, I32GtUImm,

    BrI32Eq, BrI32Ne, BrI32LtS, BrI32LtU, BrI32LeS, BrI32LeU, BrI32EqImm, BrI32NeImm, BrI32LtSImm, BrI32LtUImm,
    BrI32GtSImm, BrI32GtUImm,

    I64Eq, I64Ne, I64LtS, I64LtU, I64LeS, I64LeU, I64EqImm, I64NeImm, I64LtSImm, I64LtUImm, I64GtSImm, I64GtUImm,

    BrI64Eq, BrI64Ne, BrI64LtS, BrI64LtU, BrI64LeS, BrI64LeU, BrI64EqImm, BrI64NeImm, BrI64LtSImm, BrI64LtUImm,
    BrI64GtSImm, BrI64GtUImm,

    F32Eq, F32Ne, F32Lt, F32Le,

    BrF32Eq, BrF32Ne, BrF32Lt, BrF32Le, BrF32NotLt, BrF32NotLe,

    F64Eq, F64Ne, F64Lt, F64Le,

    BrF64Eq, BrF64Ne, BrF64Lt, BrF64Le, BrF64NotLt, BrF64NotLe,

    // Integer arithmetic.
    I32Add, I32Sub, I32Mul, I32And, I32Or, I32Xor, I32AddImm, I32MulImm, I32AndImm, I32OrImm, I32XorImm, I32Shl,
    I32ShrS, I32ShrU, I32Rotl, I32Rotr, I32ShlImm, I32ShrSImm, I32ShrUImm, I32RotlImm, I32DivS, I32DivU, I32RemS,
    I32RemU, I32DivSImm, I32DivUImm, I32RemSImm, I32RemUImm, I32Clz, I32Ctz, I32Popcnt, I32Extend8, I32Extend16,

    I64Add, I64Sub, I64Mul, I64And, I64Or, I64Xor, I64AddImm, I64MulImm, I64AndImm, I64OrImm, I64XorImm, I64Shl,
    I64ShrS, I64ShrU, I64Rotl, I64Rotr, I64ShlImm, I64ShrSImm, I64ShrUImm, I64RotlImm, I64DivS, I64DivU, I64RemS,
    I64RemU, I64DivSImm, I64DivUImm, I64RemSImm, I64RemUImm, I64Clz, I64Ctz, I64Popcnt, I64Extend8, I64Extend16,
    I64Extend32, Low32,

    // Float arithmetic.
    F32Add, F32Sub, F32Mul, F32Div, F32Sqrt, F64Add, F64Sub, F64Mul, F64Div, F64Sqrt, F32Abs, F32Neg, F64Abs, F64Neg,
    F64FromI32S, F64FromI32U,

    // Memory.
    Load32, Load64, Load8U, Load16U, I32Load8S, I32Load16S, I64Load8S, I64Load16S, I64Load32S, Store8, Store16,
    Store32, Store64, Store8Imm, Store16Imm, Store32Imm, Store64Imm,

    // What is too rare for the main loop: the first of these is its limit.
    F32Min, F32Max, F32Ceil, F32Floor, F32Trunc, F32Nearest, F32CopySign, F64Min, F64Max, F64Ceil, F64Floor, F64Trunc,
    F64Nearest, F64CopySign, I32TruncF32S, I32TruncF32U, I32TruncF64S, I32TruncF64U, I64TruncF32S, I64TruncF32U,
    I64TruncF64S, I64TruncF64U, I32SatF32S, I32SatF32U, I32SatF64S, I32SatF64U, I64SatF32S, I64SatF32U, I64SatF64S,
    I64SatF64U, F32FromI32S, F32FromI32U, F32FromI64S, F32FromI64U, F64FromI64S, F64FromI64U, F32Demote, F64Promote,
    MemorySize, MemoryGrow, MemoryCopy, MemoryFill, MemoryInit, DataDrop, TableGet, TableSet, TableSize, TableGrow,
    TableFill, TableCopy, TableInit, ElementDrop, RefFunc,

    // What handles 128 bits: the first of these is its limit.
    CopyWide, SelectWide, ConstWide, GlobalGetWide, GlobalSetWide,
}
