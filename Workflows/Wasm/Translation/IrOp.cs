namespace Slungd.Workflows.Wasm.Translation;

/// <summary>Instructions of the register machine that functions are translated to: 16-bit units, the first the
/// operation, then slots of the frame, immediates and branch distances, as each is written by the translator. The
/// order is part of it: each comparison's branch stands at the same distance behind it.</summary>
internal enum IrOp : ushort
{
    // Control and moves.
    Unreachable, Br, BrIf, BrUnless, BrTable, Return, ReturnOne, ReturnMany, Call, CallImport, CallIndirect, Leave,
    Resume, Translate, Copy, CopyTwo, CopyMany, Const32, Const64, ZeroLocals, GlobalGet, GlobalSet, Select,

    // Two in one: a copy and a branch; the bits of a mask, or a byte in memory, and a branch. Opposites alternate.
    BrCopy, BrIfAnd, BrUnlessAnd, BrLoad8Eq, BrLoad8Ne,

    // Comparisons of i32, then the branches made of them; then the same for i64, f32, f64.
    I32Eq, I32Ne, I32LtS, I32LtU, I32LeS, I32LeU, I32EqImm, I32NeImm, I32LtSImm, I32LtUImm, I32GtSImm, I32GtUImm,

    BrI32Eq, BrI32Ne, BrI32LtS, BrI32LtU, BrI32LeS, BrI32LeU, BrI32EqImm, BrI32NeImm, BrI32LtSImm, BrI32LtUImm,
    BrI32GtSImm, BrI32GtUImm,

    // A constant is added to the first operand before: how loops count. In the order of the branches above.
    BrStepEq, BrStepNe, BrStepLtS, BrStepLtU, BrStepLeS, BrStepLeU, BrStepEqImm, BrStepNeImm, BrStepLtSImm,
    BrStepLtUImm, BrStepGtSImm, BrStepGtUImm,

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
    I32MulAdd, I32MulAddImm, I32ShlAdd, I32ShlAddImm,

    I64Add, I64Sub, I64Mul, I64And, I64Or, I64Xor, I64AddImm, I64MulImm, I64AndImm, I64OrImm, I64XorImm, I64Shl,
    I64ShrS, I64ShrU, I64Rotl, I64Rotr, I64ShlImm, I64ShrSImm, I64ShrUImm, I64RotlImm, I64DivS, I64DivU, I64RemS,
    I64RemU, I64DivSImm, I64DivUImm, I64RemSImm, I64RemUImm, I64Clz, I64Ctz, I64Popcnt, I64Extend8, I64Extend16,
    I64Extend32, Low32,

    // Float arithmetic.
    F32Add, F32Sub, F32Mul, F32Div, F32AddImm, F32SubImm, F32MulImm, F32DivImm, F32Sqrt, F64Add, F64Sub, F64Mul,
    F64Div, F64AddImm, F64SubImm, F64MulImm, F64DivImm, F64Sqrt, F32Abs, F32Neg, F64Abs, F64Neg, F64FromI32S,
    F64FromI32U, F64MulAdd,

    // Memory.
    Load32, Load64, Load8U, Load16U, I32Load8S, I32Load16S, I64Load8S, I64Load16S, I64Load32S, Store8, Store16,
    Store32, Store64, Store8Imm, Store16Imm, Store32Imm, Store64Imm, I32AddLoad, F64AddLoad, F64MulLoad,

    // What is too rare for the main loop: the first of these is its limit.
    F32Min, F32Max, F32Ceil, F32Floor, F32Trunc, F32Nearest, F32CopySign, F64Min, F64Max, F64Ceil, F64Floor, F64Trunc,
    F64Nearest, F64CopySign, I32TruncF32S, I32TruncF32U, I32TruncF64S, I32TruncF64U, I64TruncF32S, I64TruncF32U,
    I64TruncF64S, I64TruncF64U, I32SatF32S, I32SatF32U, I32SatF64S, I32SatF64U, I64SatF32S, I64SatF32U, I64SatF64S,
    I64SatF64U, F32FromI32S, F32FromI32U, F32FromI64S, F32FromI64U, F64FromI64S, F64FromI64U, F32Demote, F64Promote,
    MemorySize, MemoryGrow, MemoryCopy, MemoryFill, MemoryInit, DataDrop, TableGet, TableSet, TableSize, TableGrow,
    TableFill, TableCopy, TableInit, ElementDrop, RefFunc,

    // What handles 128 bits, the first of these is its limit: moves; lanes and memory; then families by the shape of
    // their operands.
    CopyWide, SelectWide, ConstWide, GlobalGetWide, GlobalSetWide, V128Bitselect, I8x16Shuffle,

    I8x16ExtractLaneS, I8x16ExtractLaneU, I16x8ExtractLaneS, I16x8ExtractLaneU, I32x4ExtractLane, I64x2ExtractLane,

    I8x16ReplaceLane, I16x8ReplaceLane, I32x4ReplaceLane, I64x2ReplaceLane,

    V128Load, V128Load8x8S, V128Load8x8U, V128Load16x4S, V128Load16x4U, V128Load32x2S, V128Load32x2U, V128Load8Splat,
    V128Load16Splat, V128Load32Splat, V128Load64Splat, V128Load32Zero, V128Load64Zero, V128Store,

    V128Load8Lane, V128Load16Lane, V128Load32Lane, V128Load64Lane, V128Store8Lane, V128Store16Lane, V128Store32Lane,
    V128Store64Lane,

    I8x16Splat, I16x8Splat, I32x4Splat, I64x2Splat,

    V128AnyTrue, I8x16AllTrue, I8x16Bitmask, I16x8AllTrue, I16x8Bitmask, I32x4AllTrue, I32x4Bitmask, I64x2AllTrue,
    I64x2Bitmask,

    I8x16Shl, I8x16ShrS, I8x16ShrU, I16x8Shl, I16x8ShrS, I16x8ShrU, I32x4Shl, I32x4ShrS, I32x4ShrU, I64x2Shl,
    I64x2ShrS, I64x2ShrU,

    V128Not, I8x16Abs, I8x16Neg, I16x8Abs, I16x8Neg, I32x4Abs, I32x4Neg, I64x2Abs, I64x2Neg, I8x16Popcnt,
    I16x8ExtendLowI8x16S, I16x8ExtendHighI8x16S, I16x8ExtendLowI8x16U, I16x8ExtendHighI8x16U, I32x4ExtendLowI16x8S,
    I32x4ExtendHighI16x8S, I32x4ExtendLowI16x8U, I32x4ExtendHighI16x8U, I64x2ExtendLowI32x4S, I64x2ExtendHighI32x4S,
    I64x2ExtendLowI32x4U, I64x2ExtendHighI32x4U, I16x8ExtaddPairwiseI8x16S, I16x8ExtaddPairwiseI8x16U,
    I32x4ExtaddPairwiseI16x8S, I32x4ExtaddPairwiseI16x8U,

    F32x4Ceil, F32x4Floor, F32x4Trunc, F32x4Nearest, F32x4Abs, F32x4Neg, F32x4Sqrt, F64x2Ceil, F64x2Floor, F64x2Trunc,
    F64x2Nearest, F64x2Abs, F64x2Neg, F64x2Sqrt, F32x4DemoteF64x2Zero, F64x2PromoteLowF32x4, I32x4TruncSatF32x4S,
    I32x4TruncSatF32x4U, F32x4ConvertI32x4S, F32x4ConvertI32x4U, I32x4TruncSatF64x2SZero, I32x4TruncSatF64x2UZero,
    F64x2ConvertLowI32x4S, F64x2ConvertLowI32x4U,

    I8x16Eq, I8x16Ne, I8x16LtS, I8x16LtU, I8x16GtS, I8x16GtU, I8x16LeS, I8x16LeU, I8x16GeS, I8x16GeU, I16x8Eq,
    I16x8Ne, I16x8LtS, I16x8LtU, I16x8GtS, I16x8GtU, I16x8LeS, I16x8LeU, I16x8GeS, I16x8GeU, I32x4Eq, I32x4Ne,
    I32x4LtS, I32x4LtU, I32x4GtS, I32x4GtU, I32x4LeS, I32x4LeU, I32x4GeS, I32x4GeU, I64x2Eq, I64x2Ne, I64x2LtS,
    I64x2GtS, I64x2LeS, I64x2GeS, F32x4Eq, F32x4Ne, F32x4Lt, F32x4Gt, F32x4Le, F32x4Ge, F64x2Eq, F64x2Ne, F64x2Lt,
    F64x2Gt, F64x2Le, F64x2Ge,

    I8x16Swizzle, V128And, V128Andnot, V128Or, V128Xor, I8x16Add, I8x16AddSatS, I8x16AddSatU, I8x16Sub, I8x16SubSatS,
    I8x16SubSatU, I8x16MinS, I8x16MinU, I8x16MaxS, I8x16MaxU, I8x16AvgrU, I16x8Add, I16x8AddSatS, I16x8AddSatU,
    I16x8Sub, I16x8SubSatS, I16x8SubSatU, I16x8Mul, I16x8MinS, I16x8MinU, I16x8MaxS, I16x8MaxU, I16x8AvgrU, I32x4Add,
    I32x4Sub, I32x4Mul, I32x4MinS, I32x4MinU, I32x4MaxS, I32x4MaxU, I64x2Add, I64x2Sub, I64x2Mul,

    I8x16NarrowI16x8S, I8x16NarrowI16x8U, I16x8NarrowI32x4S, I16x8NarrowI32x4U, I16x8Q15mulrSatS, I32x4DotI16x8S,
    I16x8ExtmulLowI8x16S, I16x8ExtmulHighI8x16S, I16x8ExtmulLowI8x16U, I16x8ExtmulHighI8x16U, I32x4ExtmulLowI16x8S,
    I32x4ExtmulHighI16x8S, I32x4ExtmulLowI16x8U, I32x4ExtmulHighI16x8U, I64x2ExtmulLowI32x4S, I64x2ExtmulHighI32x4S,
    I64x2ExtmulLowI32x4U, I64x2ExtmulHighI32x4U,

    F32x4Add, F32x4Sub, F32x4Mul, F32x4Div, F32x4Min, F32x4Max, F32x4Pmin, F32x4Pmax, F64x2Add, F64x2Sub, F64x2Mul,
    F64x2Div, F64x2Min, F64x2Max, F64x2Pmin, F64x2Pmax,
}
