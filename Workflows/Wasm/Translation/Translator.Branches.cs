namespace Slungd.Workflows.Wasm.Translation;

// Branches, and what merges with them: the comparison of the condition, and the step, mask or load before it.
internal sealed partial class Translator
{
    // Slots from here on hold operands: once popped, nobody reads them again.
    private int _firstOperandSlot;

    /// <summary>A branch whose distance is yet to be set.</summary>
    private int BeginBranch()
    {
        if (LatestIs(IrOp.Copy))
        {
            int slot = _code[_latest + 1], source = _code[_latest + 2];
            TakeBack();
            int merged = Begin(IrOp.BrCopy);
            Unit(slot);
            Word(-1);
            Unit(source);
            return merged;
        }
        int start = Begin(IrOp.Br);
        Unit(0);
        Word(-1);
        return start;
    }

    /// <summary>A branch on a popped condition, made one with the comparison that computed it where that is the last
    /// instruction.</summary>
    /// <returns>Its start; the distance is yet to be set.</returns>
    private int BeginBranch(Operand condition, bool whenTrue)
    {
        if (condition.Place == Place.Slot && _last >= 0 && _code[_last + 1] == condition.Slot
            && Comparisons.IsComparison((IrOp)_code[_last]) && TryFuse(whenTrue, out int fused)) return fused;
        int source = Source(condition);
        if (TryMerge(whenTrue ? IrOp.BrI32NeImm : IrOp.BrI32EqImm, source, 0, out int start)) return start;
        start = Begin(whenTrue ? IrOp.BrIf : IrOp.BrUnless);
        Unit(source);
        Word(-1);
        return start;
    }

    private bool TryFuse(bool whenTrue, out int start)
    {
        start = _last;
        var comparison = (IrOp)_code[start];
        bool hasImmediate = Comparisons.HasImmediate(comparison), swap = false;
        int first = _code[start + 2], second = hasImmediate ? WordAt(start + 3) : _code[start + 3];
        IrOp branch;
        if (whenTrue) branch = Comparisons.Branch(comparison);
        else if (Comparisons.IsFloat(comparison)) branch = Comparisons.BranchUnlessFloat(comparison);
        else
        {
            if (!Comparisons.TryNegate(ref comparison, ref second, out swap)) return false;
            branch = Comparisons.Branch(comparison);
        }
        TakeBack();
        start = swap ? BeginCompare(branch, second, first) : BeginCompare(branch, first, second);
        return true;
    }

    /// <param name="branch">One that compares.</param>
    /// <param name="first">A slot.</param>
    /// <param name="second">A slot, or the immediate.</param>
    private int BeginCompare(IrOp branch, int first, int second)
    {
        if (TryMerge(branch, first, second, out int start)) return start;
        start = Begin(branch);
        Unit(first);
        Word(-1);
        EndCompare(branch, second);
        return start;
    }

    private void EndCompare(IrOp branch, int second)
    {
        if (Comparisons.BranchHasImmediate(branch)) Word(second);
        else Unit(second);
    }

    // With the last instruction, if that computed what is compared.
    private bool TryMerge(IrOp branch, int first, int second, out int start)
    {
        start = -1;
        if (_latest < 0 || _code[_latest + 1] != first) return false;
        var made = (IrOp)_code[_latest];
        int source = _code[_latest + 2], word = WordAt(_latest + 3), at = _latestAt;
        if (made == IrOp.I32AddImm && source == first && word == (short)word && Comparisons.HasStep(branch))
        {
            TakeBack();
            IrOp stepping = Comparisons.Stepping(branch);
            start = Begin(stepping);
            Unit(first);
            Word(-1);
            Unit(word);
            EndCompare(branch, second);
            return true;
        }
        bool whenEqual = branch == IrOp.BrI32EqImm;
        if (first < _firstOperandSlot || !whenEqual && branch != IrOp.BrI32NeImm) return false;
        if (made == IrOp.I32AndImm && second == 0)
        {
            TakeBack();
            start = Begin(whenEqual ? IrOp.BrUnlessAnd : IrOp.BrIfAnd);
            Unit(source);
            Word(-1);
            Word(word);
            return true;
        }
        if (made != IrOp.Load8U || second is < 0 or > byte.MaxValue) return false;
        TakeBack();
        start = BeginAt(whenEqual ? IrOp.BrLoad8Eq : IrOp.BrLoad8Ne, at);
        Unit(source);
        Word(-1);
        Word(word);
        Unit(second);
        return true;
    }

    /// <summary>Notes a branch that a loop begins with and that leaves it.</summary>
    /// <param name="branch">Just written.</param>
    /// <param name="control">The block whose end it leads to, or the `if` whose first part it skips.</param>
    private void NoteTest(int branch, int control)
    {
        if (Top.Code != Modules.Opcodes.Loop || Top.Target != branch) return;
        if (Comparisons.IsStepping((IrOp)_code[branch])) return;
        Top.Test = branch;
        Top.TestUnits = _count - branch;
        Top.TestAt = _latestAt;
        Top.TestTo = control;
    }

    /// <summary>The way back to a loop's start: straight behind the test that it begins with, if that would let it go
    /// on; one instruction less in every round.</summary>
    private void EmitBack(int control)
    {
        ref Control loop = ref _controls[control];
        if (loop.Test < 0 || !TryOpposite(loop, out int again))
        {
            Link(ref loop, BeginBranch());
            return;
        }
        SetWordAt(again + DistanceAt, loop.Target + loop.TestUnits - again);
        int leave = BeginBranch();
        ref Control target = ref _controls[loop.TestTo];
        if (loop.TestTo < control)
        {
            Link(ref target, leave);
            return;
        }
        SetWordAt(leave + DistanceAt, target.ElseBranch);
        target.ElseBranch = leave;
    }

    private bool TryOpposite(in Control loop, out int start)
    {
        var test = (IrOp)_code[loop.Test];
        int first = _code[loop.Test + 1];
        start = -1;
        if (Comparisons.IsIntegerBranch(test))
        {
            bool hasImmediate = Comparisons.BranchHasImmediate(test);
            int second = hasImmediate ? WordAt(loop.Test + 4) : _code[loop.Test + 4];
            IrOp comparison = Comparisons.OfBranch(test);
            if (!Comparisons.TryNegate(ref comparison, ref second, out bool swap)) return false;
            IrOp branch = Comparisons.Branch(comparison);
            start = swap ? BeginCompare(branch, second, first) : BeginCompare(branch, first, second);
            return true;
        }
        start = BeginAt(Comparisons.OppositeBranch(test), loop.TestAt);
        for (int i = 1; i < loop.TestUnits; i++) Unit(_code[loop.Test + i]);
        return true;
    }
}
