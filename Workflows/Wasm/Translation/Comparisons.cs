namespace Slungd.Workflows.Wasm.Translation;

/// <summary>What the order of <see cref="IrOp"/> says about comparisons: the branch made of each, and its
/// opposite.</summary>
internal static class Comparisons
{
    private const int Integers = IrOp.BrI32Eq - IrOp.I32Eq, Floats = IrOp.BrF32Eq - IrOp.F32Eq;

    public static bool IsComparison(IrOp op) => op is >= IrOp.I32Eq and < IrOp.BrI32Eq
        or >= IrOp.I64Eq and < IrOp.BrI64Eq or >= IrOp.F32Eq and < IrOp.BrF32Eq or >= IrOp.F64Eq and < IrOp.BrF64Eq;

    /// <summary>Whether the second operand is a constant.</summary>
    public static bool HasImmediate(IrOp op) =>
        op is >= IrOp.I32EqImm and < IrOp.BrI32Eq or >= IrOp.I64EqImm and < IrOp.BrI64Eq;

    public static bool IsIntegerBranch(IrOp branch) =>
        branch is >= IrOp.BrI32Eq and <= IrOp.BrI32GtUImm or >= IrOp.BrI64Eq and <= IrOp.BrI64GtUImm;

    public static bool BranchHasImmediate(IrOp branch) => branch is >= IrOp.BrI32EqImm and <= IrOp.BrI32GtUImm
        or >= IrOp.BrI64EqImm and <= IrOp.BrI64GtUImm;

    /// <summary>Whether there is a branch that adds to its first operand before it compares.</summary>
    public static bool HasStep(IrOp branch) => branch is >= IrOp.BrI32Eq and <= IrOp.BrI32GtUImm;

    public static IrOp Stepping(IrOp branch) => branch + (IrOp.BrStepEq - IrOp.BrI32Eq);

    public static bool IsStepping(IrOp branch) => branch is >= IrOp.BrStepEq and <= IrOp.BrStepGtUImm;

    /// <summary>The comparison of an integer branch.</summary>
    public static IrOp OfBranch(IrOp branch) => branch - Integers;

    /// <summary>The branch taken when another, that compares no integers, is not.</summary>
    public static IrOp OppositeBranch(IrOp branch) => branch switch
    {
        IrOp.BrIf => IrOp.BrUnless,
        IrOp.BrUnless => IrOp.BrIf,
        IrOp.BrIfAnd => IrOp.BrUnlessAnd,
        IrOp.BrUnlessAnd => IrOp.BrIfAnd,
        IrOp.BrLoad8Eq => IrOp.BrLoad8Ne,
        IrOp.BrLoad8Ne => IrOp.BrLoad8Eq,
        IrOp.BrF32NotLt => IrOp.BrF32Lt,
        IrOp.BrF32NotLe => IrOp.BrF32Le,
        IrOp.BrF64NotLt => IrOp.BrF64Lt,
        IrOp.BrF64NotLe => IrOp.BrF64Le,
        _ => BranchUnlessFloat(branch - Floats),
    };

    public static IrOp Branch(IrOp comparison) =>
        (IrOp)((int)comparison + (comparison < IrOp.F32Eq ? Integers : Floats));

    /// <summary>The branch taken when a float comparison is false; for NaN that is no other comparison.</summary>
    public static IrOp BranchUnlessFloat(IrOp comparison) => comparison switch
    {
        IrOp.F32Eq => IrOp.BrF32Ne,
        IrOp.F32Ne => IrOp.BrF32Eq,
        IrOp.F32Lt => IrOp.BrF32NotLt,
        IrOp.F32Le => IrOp.BrF32NotLe,
        IrOp.F64Eq => IrOp.BrF64Ne,
        IrOp.F64Ne => IrOp.BrF64Eq,
        IrOp.F64Lt => IrOp.BrF64NotLt,
        _ => IrOp.BrF64NotLe,
    };

    public static bool IsFloat(IrOp comparison) => comparison >= IrOp.F32Eq;

    /// <summary>The opposite of an integer comparison. False when it can't be written with an immediate.</summary>
    /// <param name="comparison">Becomes its opposite.</param>
    /// <param name="immediate">Of one that has an immediate: becomes the opposite's.</param>
    /// <param name="swap">Whether the operands change places.</param>
    public static bool TryNegate(ref IrOp comparison, ref int immediate, out bool swap)
    {
        int offset = comparison >= IrOp.I64Eq ? IrOp.I64Eq - IrOp.I32Eq : 0; // the two families have the same order
        var kind = (IrOp)((int)comparison - offset);
        swap = kind is IrOp.I32LtS or IrOp.I32LtU or IrOp.I32LeS or IrOp.I32LeU;
        bool possible = kind switch
        {
            IrOp.I32LtSImm => TryPrevious(ref immediate, unsigned: false),
            IrOp.I32LtUImm => TryPrevious(ref immediate, unsigned: true),
            IrOp.I32GtSImm => TryNext(ref immediate, unsigned: false),
            IrOp.I32GtUImm => TryNext(ref immediate, unsigned: true),
            _ => true,
        };
        IrOp opposite = kind switch
        {
            IrOp.I32Eq => IrOp.I32Ne,
            IrOp.I32Ne => IrOp.I32Eq,
            IrOp.I32LtS => IrOp.I32LeS,
            IrOp.I32LtU => IrOp.I32LeU,
            IrOp.I32LeS => IrOp.I32LtS,
            IrOp.I32LeU => IrOp.I32LtU,
            IrOp.I32EqImm => IrOp.I32NeImm,
            IrOp.I32NeImm => IrOp.I32EqImm,
            IrOp.I32LtSImm => IrOp.I32GtSImm,
            IrOp.I32LtUImm => IrOp.I32GtUImm,
            IrOp.I32GtSImm => IrOp.I32LtSImm,
            _ => IrOp.I32LtUImm,
        };
        comparison = (IrOp)((int)opposite + offset);
        return possible;
    }

    /// <summary>One more, unless that wraps in 32 bits or in the 64 that an immediate is extended to.</summary>
    public static bool TryNext(ref int immediate, bool unsigned)
    {
        if (immediate == int.MaxValue || unsigned && immediate == -1) return false;
        immediate++;
        return true;
    }

    /// <inheritdoc cref="TryNext"/>
    public static bool TryPrevious(ref int immediate, bool unsigned)
    {
        if (immediate == int.MinValue || unsigned && immediate == 0) return false;
        immediate--;
        return true;
    }
}
