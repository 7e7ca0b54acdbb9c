using System;

namespace Slungd.Workflows.Wasm.Translation;

// The code buffer. A branch holds its distance, in units from its own start, in the two units behind the second.
internal sealed partial class Translator
{
    private const int DistanceAt = 2, BranchUnits = 4;

    private ushort[] _code = new ushort[256];
    private int _count;

    // Where the last instruction starts, when it has written a slot (named by its second unit) and nothing can jump to
    // behind it; else -1.
    private int _last;

    private int Begin(IrOp op)
    {
        if (_count <= _wanted) _found = _at;
        if (_count + 32 > _code.Length) Array.Resize(ref _code, 2 * _code.Length);
        _last = -1;
        int start = _count;
        _code[_count++] = (ushort)op;
        return start;
    }

    private void Unit(int value) => _code[_count++] = (ushort)value;

    private void Word(int value)
    {
        Unit(value);
        Unit(value >> 16);
    }

    private int WordAt(int at) => _code[at] | _code[at + 1] << 16;

    private void SetWordAt(int at, int value)
    {
        _code[at] = (ushort)value;
        _code[at + 1] = (ushort)(value >> 16);
    }

    /// <summary>Starts an instruction that writes a slot.</summary>
    private void BeginTo(IrOp op, int slot)
    {
        int start = Begin(op);
        Unit(slot);
        _last = start;
    }

    private void EmitCopy(int slot, int source, WasmType type)
    {
        BeginTo(type == WasmType.V128 ? IrOp.CopyWide : IrOp.Copy, slot);
        Unit(source);
    }

    private void EmitConstant(int slot, ulong bits)
    {
        if (bits <= uint.MaxValue)
        {
            BeginTo(IrOp.Const32, slot);
            Word((int)bits);
            return;
        }
        BeginTo(IrOp.Const64, slot);
        Word((int)bits);
        Word((int)(bits >> 32));
    }

    /// <summary>Points a branch at a block; the end of one that is still open is filled in by <see cref="Bind"/>.
    /// </summary>
    private void Link(ref Control target, int branch)
    {
        bool loop = target.Code == Modules.Opcodes.Loop;
        SetWordAt(branch + DistanceAt, loop ? target.Target - branch : target.Target);
        if (!loop) target.Target = branch;
    }

    /// <summary>Points a branch, and those that it leads to, at what comes next.</summary>
    private void Bind(int branch)
    {
        while (branch >= 0)
        {
            int next = WordAt(branch + DistanceAt);
            SetWordAt(branch + DistanceAt, _count - branch);
            branch = next;
        }
        _last = -1;
    }

    /// <summary>A branch whose distance is yet to be set.</summary>
    private int BeginBranch()
    {
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
        int start = Begin(whenTrue ? IrOp.BrIf : IrOp.BrUnless);
        Unit(source);
        Word(-1);
        return start;
    }

    private bool TryFuse(bool whenTrue, out int start)
    {
        start = _last;
        var comparison = (IrOp)_code[start];
        bool hasImmediate = Comparisons.HasImmediate(comparison), swap = false;
        int first = _code[start + 2], second = _code[start + 3];
        int immediate = hasImmediate ? WordAt(start + 3) : 0;
        IrOp branch;
        if (whenTrue) branch = Comparisons.Branch(comparison);
        else if (Comparisons.IsFloat(comparison)) branch = Comparisons.BranchUnlessFloat(comparison);
        else
        {
            if (!Comparisons.TryNegate(ref comparison, ref immediate, out swap)) return false;
            branch = Comparisons.Branch(comparison);
        }
        _count = start;
        Begin(branch);
        Unit(swap ? second : first);
        Word(-1);
        if (hasImmediate) Word(immediate);
        else Unit(swap ? first : second);
        return true;
    }
}
