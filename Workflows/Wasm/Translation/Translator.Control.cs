using System;
using Slungd.Workflows.Wasm.Modules;

namespace Slungd.Workflows.Wasm.Translation;

internal sealed partial class Translator
{
    private ref Control Top => ref _controls[_controlCount - 1];

    private ref Control LabelAt(int depth) => ref _controls[_controlCount - 1 - depth];

    // A branch to the function's own block returns.
    private bool IsReturn(int depth) => depth == _controlCount - 1;

    private void Open(int code, WasmSignature type, int height)
    {
        if (_controlCount == _controls.Length) Array.Resize(ref _controls, 2 * _controlCount);
        _controls[_controlCount++] = new Control
        {
            Code = code, Type = type, Height = height, Slot = _slot - type.ParamSlots, Target = -1, ElseBranch = -1,
            StubOf = -1, Test = -1,
        };
    }

    private void TranslateBlock(int code, WasmSignature type)
    {
        Operand condition = code == Opcodes.If ? Pop() : default;
        SettleLocals();
        int branch = -1;
        if (code != Opcodes.Block) Settle(type.Params.Length); // they are where both ways, or the next round, find them
        if (code == Opcodes.If)
        {
            branch = BeginBranch(condition, whenTrue: false);
            if (type.Params.Length == 0) NoteTest(branch, _controlCount);
        }
        Open(code, type, _height - type.Params.Length);
        Top.ElseBranch = branch;
        if (code != Opcodes.Loop) return;
        Top.Target = _count;
        Label();
    }

    private void TranslateElse()
    {
        if (!_unreachable)
        {
            Settle(Top.Type.Results.Length);
            Link(ref Top, BeginBranch());
        }
        Bind(Top.ElseBranch);
        ForgetTest();
        Top.ElseBranch = -1;
        PopTo(Top.Height);
        _unreachable = false;
        foreach (WasmType type in Top.Type.Params) Push(type);
    }

    // The `if` that a loop began with has its end or `else` now: no more ways lead there.
    private void ForgetTest()
    {
        if (_controlCount < 2 || Top.ElseBranch < 0) return;
        ref Control loop = ref _controls[_controlCount - 2];
        if (loop.TestTo == _controlCount - 1) loop.Test = -1;
    }

    /// <param name="next">The opcode behind it.</param>
    private void TranslateEnd(int next)
    {
        ForgetTest();
        Control block = Top;
        if (!_unreachable) Settle(block.Type.Results.Length);
        bool isFunction = _controlCount == 1;
        if (isFunction && !_unreachable) EmitReturn();
        _controlCount--;
        if (isFunction) return;
        bool reachable = !_unreachable || block.ElseBranch >= 0 || block.Code != Opcodes.Loop && block.Target >= 0;
        Bind(block.ElseBranch);
        if (_controlCount == 1 && next == Opcodes.End && block.Height == 0) ReturnFrom(ref block);
        if (block.Code != Opcodes.Loop) Bind(block.Target);
        PopTo(block.Height);
        _unreachable = !reachable;
        foreach (WasmType type in block.Type.Results) Push(type);
        if (!reachable) EndPath();
    }

    /// <summary>What leads to the end of a block that is the function's end returns instead.</summary>
    private void ReturnFrom(ref Control block)
    {
        if (block.Code == Opcodes.Loop || _signature.ResultSlots > 1) return;
        int left = -1; // what can't return: branches with a condition
        for (int branch = block.Target; branch >= 0;)
        {
            int next = WordAt(branch + DistanceAt);
            var op = (IrOp)_code[branch];
            if (op is IrOp.Br or IrOp.BrCopy)
            {
                bool copied = op == IrOp.BrCopy && _code[branch + 1] == block.Slot;
                int slot = copied ? _code[branch + BranchUnits] : block.Slot;
                _code[branch] = (ushort)(_signature.ResultSlots == 0 ? IrOp.Return : IrOp.ReturnOne);
                _code[branch + 1] = (ushort)slot;
            }
            else
            {
                SetWordAt(branch + DistanceAt, left);
                left = branch;
            }
            branch = next;
        }
        block.Target = left;
    }

    /// <summary>What follows in this block can't be reached.</summary>
    private void EndPath()
    {
        PopTo(Top.Height);
        _unreachable = true;
        _skipped = 0;
        Label();
    }

    private void TranslateBranch(int depth)
    {
        EmitJump(depth, conditional: false);
        EndPath();
    }

    private void TranslateBranchIf(int depth)
    {
        Operand condition = Pop();
        if (!IsReturn(depth) && !Moves(ref LabelAt(depth)))
        {
            int count = LabelAt(depth).Label.Length;
            Settle(count);
            int branch = BeginBranch(condition, whenTrue: true);
            if (count == 0 && LabelAt(depth).Code != Opcodes.Loop) NoteTest(branch, _controlCount - 1 - depth);
            Link(ref LabelAt(depth), branch);
            return;
        }
        if (LabelAt(depth).LabelSlots > 1) Settle(LabelAt(depth).Label.Length);
        int skip = BeginBranch(condition, whenTrue: false);
        EmitJump(depth, conditional: true);
        Bind(skip);
    }

    /// <summary>Whether a branch has to copy what it carries to where the block's end expects it.</summary>
    private bool Moves(ref Control target)
    {
        int count = target.Label.Length;
        if (count == 0) return false;
        ref Operand first = ref _operands[_height - count];
        return first.Slot != target.Slot || count == 1 && first.Place != Place.Slot;
    }

    // In code that runs only when a condition holds, operands must not be settled: the other way would miss it.
    private void EmitJump(int depth, bool conditional)
    {
        if (IsReturn(depth))
        {
            EmitReturn();
            return;
        }
        ref Control target = ref LabelAt(depth);
        int count = target.Label.Length;
        if (count == 1)
        {
            Operand value = _operands[_height - 1];
            if (value.Place != Place.Slot || value.Slot != target.Slot) EmitTo(target.Slot, value);
        }
        else if (count > 1)
        {
            if (!conditional) Settle(count);
            EmitMove(target.Slot, _operands[_height - count].Slot, target.LabelSlots);
        }
        if (target.Code == Opcodes.Loop && count == 0) EmitBack(_controlCount - 1 - depth);
        else Link(ref target, BeginBranch());
    }

    private void EmitMove(int slot, int source, int slots)
    {
        if (slot == source || slots == 0) return;
        Begin(IrOp.CopyMany);
        Unit(slot);
        Unit(source);
        Unit(slots);
    }

    private void EmitReturn()
    {
        ReadOnlySpan<WasmType> results = _signature.Results;
        if (results.Length == 0)
        {
            Begin(IrOp.Return);
            return;
        }
        if (results.Length == 1 && results[0] != WasmType.V128)
        {
            Operand value = _operands[_height - 1];
            int source = Source(value);
            Begin(IrOp.ReturnOne);
            Unit(source);
            return;
        }
        Settle(results.Length);
        Begin(IrOp.ReturnMany);
        Unit(_operands[_height - results.Length].Slot);
        Unit(_signature.ResultSlots);
    }

    // The table holds branches, one after the other; those that must copy what they carry lead to stubs behind it.
    private void TranslateBranchTable(ref WasmReader reader)
    {
        Operand index = Pop();
        int count = reader.Count();
        int after = reader.Position;
        int carried = LabelAt((int)reader.U32()).Label.Length;
        Settle(carried);
        int source = Source(index);
        int table = Begin(IrOp.BrTable);
        Unit(source);
        Word(count);
        Reserve((count + 1) * BranchUnits);
        int entry = _count;
        _count += (count + 1) * BranchUnits;
        WasmReader labels = new(module.Bytes, after, reader.End);
        for (; count >= 0; count--, entry += BranchUnits)
        {
            int depth = (int)labels.U32();
            ref Control target = ref LabelAt(depth);
            _code[entry] = 0; // only the distance of an entry counts: it is no instruction
            if (IsReturn(depth) || Moves(ref target)) SetWordAt(entry + DistanceAt, Stub(depth, table) - entry);
            else Link(ref target, entry);
        }
        reader = new WasmReader(module.Bytes, labels.Position, reader.End);
        EndPath();
    }

    private int Stub(int depth, int table)
    {
        ref Control target = ref LabelAt(depth);
        if (target.StubOf == table) return target.Stub;
        target.StubOf = table;
        target.Stub = _count;
        Label();
        EmitJump(depth, conditional: true);
        return target.Stub;
    }

    private void Reserve(int units)
    {
        int needed = _count + units + 32;
        if (needed > _code.Length) Array.Resize(ref _code, Math.Max(2 * _code.Length, needed));
    }

    private void TranslateCall(int function)
    {
        WasmSignature type = module.SignatureOf(function);
        int slot = SettleArguments(type);
        Begin(function < module.ImportedFunctions ? IrOp.CallImport : IrOp.Call);
        Unit(slot);
        Word(function);
        foreach (WasmType result in type.Results) Push(result);
    }

    private void TranslateCallIndirect(int typeIndex, int table)
    {
        WasmSignature type = module.Types[typeIndex];
        Operand index = Pop();
        int slot = SettleArguments(type);
        int source = Source(index);
        Begin(IrOp.CallIndirect);
        Unit(slot);
        Unit(source);
        Unit(table);
        Word(typeIndex);
        foreach (WasmType result in type.Results) Push(result);
    }

    /// <summary>Puts the arguments where the callee's frame begins, and pops them.</summary>
    private int SettleArguments(WasmSignature type)
    {
        int count = type.Params.Length;
        Settle(count);
        PopTo(_height - count);
        return _slot;
    }
}
