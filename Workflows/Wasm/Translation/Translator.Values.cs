using System;
using Slungd.Workflows.Wasm.Modules;

namespace Slungd.Workflows.Wasm.Translation;

internal sealed partial class Translator
{
    private void TranslateValue(Opcode opcode, ref WasmReader reader)
    {
        switch (opcode.Code)
        {
            case Opcodes.I32Const: PushConstant(WasmType.I32, (uint)reader.S32()); break;
            case Opcodes.I64Const: PushConstant(WasmType.I64, (ulong)reader.S64()); break;
            case Opcodes.F32Const: PushConstant(WasmType.F32, reader.Fixed32()); break;
            case Opcodes.F64Const: PushConstant(WasmType.F64, reader.Fixed64()); break;
            case Opcodes.RefNull: PushConstant(reader.ReferenceType(), 0); break;
            case Opcodes.RefIsNull: EmitEqualsZero(IrOp.I64EqImm); break;
            case Opcodes.RefFunc:
                BeginTo(IrOp.RefFunc, Push(WasmType.FuncRef));
                Word((int)reader.U32());
                break;
            case Opcodes.SelectTyped:
                reader.Bytes(reader.U32());
                TranslateSelect();
                break;
            case Opcodes.Select: TranslateSelect(); break;
            case Opcodes.GlobalGet or Opcodes.GlobalSet: TranslateGlobal(opcode.Code, (int)reader.U32()); break;
            default: TranslateByImmediate(opcode, ref reader); break;
        }
    }

    private void TranslateByImmediate(Opcode opcode, ref WasmReader reader)
    {
        switch (opcode.Immediate)
        {
            case Immediate.None when opcode.Code < 0x200: TranslateNumeric(opcode); break;
            case Immediate.MemoryArgument when opcode.Code < 0x200:
                reader.U32(); // the alignment is only a hint
                TranslateAccess(opcode, (int)reader.U32());
                break;
            case Immediate.Memory or Immediate.TwoMemories:
                reader.Bytes(opcode.Immediate == Immediate.Memory ? 1u : 2u);
                EmitPlain(opcode);
                break;
            case Immediate.DataAndMemory:
                int data = (int)reader.U32();
                reader.Byte();
                EmitPlain(opcode);
                Word(data);
                break;
            case Immediate.Data or Immediate.Element:
                Begin(opcode.Ir);
                Word((int)reader.U32());
                break;
            case Immediate.ElementAndTable:
                int element = (int)reader.U32();
                EmitPlain(opcode);
                Unit((int)reader.U32());
                Word(element);
                break;
            case Immediate.TwoTables:
                EmitPlain(opcode);
                Unit((int)reader.U32());
                Unit((int)reader.U32());
                break;
            case Immediate.Table: TranslateTable(opcode, (int)reader.U32()); break;
            default: TranslateVector(opcode, ref reader); break;
        }
    }

    /// <summary>Operands in slots, the result in its own: operation, result if any, operands.</summary>
    private void EmitPlain(Opcode opcode)
    {
        int count = opcode.Params.Length;
        Span<int> sources = stackalloc int[3];
        for (int i = count - 1; i >= 0; i--) sources[i] = Source(Pop());
        if (opcode.Result == WasmType.Unknown) Begin(opcode.Ir);
        else BeginTo(opcode.Ir, Push(opcode.Result));
        for (int i = 0; i < count; i++) Unit(sources[i]);
    }

    private void TranslateNumeric(Opcode opcode)
    {
        if (opcode.Ir == IrOp.Unreachable) Rename(opcode.Result);
        else if (opcode.Form == ImmForm.Zero) EmitEqualsZero(opcode.Ir);
        else if (opcode.Params.Length != 2 || opcode.IrImm == IrOp.Unreachable || !TryImmediate(opcode))
            EmitOperation(opcode);
    }

    private void EmitOperation(Opcode opcode)
    {
        if (TryMergeOperand(opcode)) return;
        if (!opcode.Swap)
        {
            EmitPlain(opcode);
            return;
        }
        int second = Source(Pop()), first = Source(Pop());
        BeginTo(opcode.Ir, Push(opcode.Result));
        Unit(second);
        Unit(first);
    }

    /// <summary>A sum with the product, shift or load just made: one instruction. The other operand is in a slot.
    /// </summary>
    private bool TryMergeOperand(Opcode opcode)
    {
        if (_last < 0 || opcode.Params.Length != 2) return false;
        IrOp merged = (opcode.Ir, (IrOp)_code[_last]) switch
        {
            (IrOp.I32Add, IrOp.I32Mul) => IrOp.I32MulAdd,
            (IrOp.I32Add, IrOp.I32ShlImm) => IrOp.I32ShlAdd,
            (IrOp.I32Add, IrOp.Load32) => IrOp.I32AddLoad,
            (IrOp.F64Add, IrOp.F64Mul) => IrOp.F64MulAdd,
            (IrOp.F64Add, IrOp.Load64) => IrOp.F64AddLoad,
            (IrOp.F64Mul, IrOp.Load64) => IrOp.F64MulLoad,
            _ => IrOp.Unreachable,
        };
        if (merged == IrOp.Unreachable) return false;
        int made = _code[_last + 1], a = _code[_last + 2], b = _code[_last + 3], c = _code[_last + 4], at = _latestAt;
        Operand second = _operands[_height - 1], first = _operands[_height - 2];
        bool isSecond = second.Place == Place.Slot && second.Slot == made;
        if (!isSecond && (first.Place != Place.Slot || first.Slot != made)) return false;
        Operand other = isSecond ? first : second;
        if (other.Place == Place.Constant) return false;
        PopTo(_height - 2);
        TakeBack();
        BeginTo(merged, Push(opcode.Result), at);
        Unit(Source(other));
        Unit(a);
        Unit(b);
        if (merged is IrOp.I32AddLoad or IrOp.F64AddLoad or IrOp.F64MulLoad) Unit(c); // the offset's upper half
        return true;
    }

    // A constant added to the product or shift just made.
    private bool TryMergeConstant(IrOp op, int source, int immediate, WasmType type)
    {
        if (op != IrOp.I32AddImm || _last < 0 || _code[_last + 1] != source || source < _firstOperandSlot) return false;
        var made = (IrOp)_code[_last];
        if (made is not (IrOp.I32MulImm or IrOp.I32ShlImm)) return false;
        int a = _code[_last + 2], b = WordAt(_last + 3);
        TakeBack();
        BeginTo(made == IrOp.I32MulImm ? IrOp.I32MulAddImm : IrOp.I32ShlAddImm, Push(type));
        Unit(a);
        if (made == IrOp.I32MulImm) Word(b);
        else Unit(b);
        Word(immediate);
        return true;
    }

    /// <summary>The same bits under another type.</summary>
    private void Rename(WasmType type)
    {
        Operand operand = Pop();
        if (operand.Place == Place.Constant)
        {
            PushConstant(type, operand.Bits);
            return;
        }
        // What the last instruction wrote stays in place; a local may be set before this is used.
        if (operand.Place == Place.Slot) Push(type);
        else EmitCopy(Push(type), Source(operand), type);
    }

    private bool TryImmediate(Opcode opcode)
    {
        Operand second = _operands[_height - 1], first = _operands[_height - 2];
        bool exchanged = second.Place != Place.Constant && first.Place == Place.Constant && opcode.Reverse != 0;
        if (exchanged)
        {
            opcode = Opcodes.Find(opcode.Reverse)!;
            (first, second) = (second, first);
        }
        if (second.Place != Place.Constant) return false;
        bool isFloat = opcode.Form == ImmForm.Float, narrow = second.Type == WasmType.I32;
        int immediate = (int)second.Bits;
        if (!isFloat && !narrow && (long)second.Bits != immediate) return false;
        if (!isFloat && !TryForm(opcode.Form, narrow ? 31 : 63, ref immediate)) return false;
        PopTo(_height - 2);
        int source = Source(first);
        if (TryMergeConstant(opcode.IrImm, source, immediate, opcode.Result)) return true;
        BeginTo(opcode.IrImm, Push(opcode.Result));
        Unit(source);
        Word(immediate);
        if (isFloat && second.Type == WasmType.F64) Word((int)(second.Bits >> 32));
        return true;
    }

    private static bool TryForm(ImmForm form, int countMask, ref int immediate)
    {
        switch (form)
        {
            case ImmForm.Negated:
                if (immediate == int.MinValue && countMask == 63) return false;
                immediate = unchecked(-immediate);
                return true;
            case ImmForm.Count:
                immediate &= countMask;
                return true;
            case ImmForm.NegatedCount:
                immediate = -immediate & countMask;
                return true;
            case ImmForm.Divisor: return immediate is not (0 or -1);
            case ImmForm.Next: return Comparisons.TryNext(ref immediate, unsigned: false);
            case ImmForm.NextUnsigned: return Comparisons.TryNext(ref immediate, unsigned: true);
            case ImmForm.Previous: return Comparisons.TryPrevious(ref immediate, unsigned: false);
            case ImmForm.PreviousUnsigned: return Comparisons.TryPrevious(ref immediate, unsigned: true);
            default: return true;
        }
    }

    // The opposite of a comparison just made is that comparison turned round.
    private void EmitEqualsZero(IrOp equals)
    {
        Operand operand = Pop();
        if (operand.Place == Place.Slot && _last >= 0 && _code[_last + 1] == operand.Slot && TryNegateLast())
        {
            Push(WasmType.I32);
            return;
        }
        int source = Source(operand);
        BeginTo(equals, Push(WasmType.I32));
        Unit(source);
        Word(0);
    }

    private bool TryNegateLast()
    {
        var comparison = (IrOp)_code[_last];
        if (!Comparisons.IsComparison(comparison) || Comparisons.IsFloat(comparison)) return false;
        bool hasImmediate = Comparisons.HasImmediate(comparison);
        int immediate = hasImmediate ? WordAt(_last + 3) : 0;
        if (!Comparisons.TryNegate(ref comparison, ref immediate, out bool swap)) return false;
        _code[_last] = (ushort)comparison;
        if (hasImmediate) SetWordAt(_last + 3, immediate);
        if (swap) (_code[_last + 2], _code[_last + 3]) = (_code[_last + 3], _code[_last + 2]);
        return true;
    }

    private void TranslateSelect()
    {
        int condition = Source(Pop());
        Operand second = Pop(), first = Pop();
        int secondSource = Source(second), firstSource = Source(first);
        BeginTo(first.Type == WasmType.V128 ? IrOp.SelectWide : IrOp.Select, Push(first.Type));
        Unit(condition);
        Unit(firstSource);
        Unit(secondSource);
    }

    private void TranslateGlobal(int code, int index)
    {
        bool wide = module.Globals[index].Type == WasmType.V128;
        if (code == Opcodes.GlobalGet)
        {
            BeginTo(wide ? IrOp.GlobalGetWide : IrOp.GlobalGet, Push(module.Globals[index].Type));
            Word(index);
            return;
        }
        int source = Source(Pop());
        Begin(wide ? IrOp.GlobalSetWide : IrOp.GlobalSet);
        Unit(source);
        Word(index);
    }

    // Loads: operation, result, address, offset. Stores: operation, address, value, offset.
    private void TranslateAccess(Opcode opcode, int offset)
    {
        Operand value = _operands[_height - 1];
        long constant = value.Type == WasmType.I32 ? (int)value.Bits : (long)value.Bits;
        if (opcode.IrImm != IrOp.Unreachable && value.Place == Place.Constant && constant == (short)constant)
        {
            Pop();
            int address = Source(Pop());
            Begin(opcode.IrImm);
            Unit(address);
            Unit((int)constant);
        }
        else EmitPlain(opcode);
        Word(offset);
    }

    private void TranslateTable(Opcode opcode, int table)
    {
        WasmType element = module.Tables[table].Element;
        switch (opcode.Code)
        {
            case Opcodes.TableGet:
                int index = Source(Pop());
                BeginTo(IrOp.TableGet, Push(element));
                Unit(index);
                break;
            case Opcodes.TableSet:
                EmitPopped(IrOp.TableSet, 2, hasResult: false);
                break;
            case Opcodes.TableGrow:
                EmitPopped(IrOp.TableGrow, 2, hasResult: true);
                break;
            case Opcodes.TableFill:
                EmitPopped(IrOp.TableFill, 3, hasResult: false);
                break;
            default: EmitPlain(opcode); break;
        }
        Unit(table);
    }

    private void EmitPopped(IrOp op, int count, bool hasResult)
    {
        Span<int> sources = stackalloc int[3];
        for (int i = count - 1; i >= 0; i--) sources[i] = Source(Pop());
        if (hasResult) BeginTo(op, Push(WasmType.I32));
        else Begin(op);
        for (int i = 0; i < count; i++) Unit(sources[i]);
    }
}
