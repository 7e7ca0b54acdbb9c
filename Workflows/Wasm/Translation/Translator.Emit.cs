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

    // Where the last instruction starts, whatever it does, its offset in the module, and where the one before it
    // starts; -1 when something can jump to behind it.
    private int _latest, _latestAt, _prior;

    private int Begin(IrOp op) => BeginAt(op, _at);

    private int BeginAt(IrOp op, int at)
    {
        if (_count <= _wanted) _found = at;
        if (_count + 32 > _code.Length) Array.Resize(ref _code, 2 * _code.Length);
        _last = -1;
        _prior = _latest;
        _latest = _count;
        _latestAt = at;
        int start = _count;
        _code[_count++] = (ushort)op;
        return start;
    }

    /// <summary>Takes the last instruction back: it becomes a part of the next one.</summary>
    private void TakeBack()
    {
        _count = _latest;
        _latest = _prior;
        _last = _prior = -1;
    }

    /// <summary>From here on the code may be reached by a branch: nothing merges with what stands before.</summary>
    private void Label() => _last = _latest = _prior = -1;

    private bool LatestIs(IrOp op) => _latest >= 0 && _code[_latest] == (ushort)op;

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
    private void BeginTo(IrOp op, int slot) => BeginTo(op, slot, _at);

    private void BeginTo(IrOp op, int slot, int at)
    {
        int start = BeginAt(op, at);
        Unit(slot);
        _last = start;
    }

    private void EmitCopy(int slot, int source, WasmType type)
    {
        if (LatestIs(IrOp.Copy) && type != WasmType.V128)
        {
            _code[_latest] = (ushort)IrOp.CopyTwo;
            Unit(slot);
            Unit(source);
            _last = -1;
            return;
        }
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
        Label();
    }
}
