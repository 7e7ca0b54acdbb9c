using System;
using Slungd.Workflows.Wasm.Modules;

namespace Slungd.Workflows.Wasm.Validation;

internal sealed partial class FunctionValidator
{
    private void CheckInstruction(Opcode opcode, ref WasmReader reader)
    {
        if (opcode.IsSimple)
        {
            CheckImmediate(opcode, ref reader);
            Pop(ref reader, opcode.Params);
            if (opcode.Result != WasmType.Unknown) Push(opcode.Result);
            return;
        }
        switch (opcode.Code)
        {
            case Opcodes.Nop: break;
            case Opcodes.Unreachable: Unreachable(); break;
            case Opcodes.Block or Opcodes.Loop or Opcodes.If: CheckBlock(opcode.Code, ref reader); break;
            case Opcodes.Else: CheckElse(ref reader); break;
            case Opcodes.End: CheckEnd(ref reader); break;
            case Opcodes.Br or Opcodes.BrIf: CheckBranch(opcode.Code, ref reader); break;
            case Opcodes.BrTable: CheckBranchTable(ref reader); break;
            case Opcodes.Return:
                Pop(ref reader, _signature.Results);
                Unreachable();
                break;
            case Opcodes.Call or Opcodes.CallIndirect: CheckCall(opcode.Code, ref reader); break;
            case Opcodes.Drop: Pop(ref reader); break;
            case Opcodes.Select: CheckSelect(ref reader); break;
            case Opcodes.SelectTyped: CheckTypedSelect(ref reader); break;
            case Opcodes.LocalGet or Opcodes.LocalSet or Opcodes.LocalTee: CheckLocal(opcode.Code, ref reader); break;
            case Opcodes.GlobalGet or Opcodes.GlobalSet: CheckGlobal(opcode.Code, ref reader); break;
            default: CheckValue(opcode, ref reader); break;
        }
    }

    // Constants, references and tables.
    private void CheckValue(Opcode opcode, ref WasmReader reader)
    {
        switch (opcode.Code)
        {
            case Opcodes.I32Const:
                reader.S32();
                Push(WasmType.I32);
                break;
            case Opcodes.I64Const:
                reader.S64();
                Push(WasmType.I64);
                break;
            case Opcodes.F32Const:
                reader.Fixed32();
                Push(WasmType.F32);
                break;
            case Opcodes.F64Const:
                reader.Fixed64();
                Push(WasmType.F64);
                break;
            case Opcodes.V128Const:
                reader.Bytes(16);
                Push(WasmType.V128);
                break;
            case Opcodes.RefNull: Push(reader.ReferenceType()); break;
            case Opcodes.RefIsNull:
                WasmType type = Pop(ref reader);
                if (type != WasmType.Unknown && !type.IsReference) Invalid(ref reader, "type mismatch");
                Push(WasmType.I32);
                break;
            case Opcodes.RefFunc:
                uint function = reader.U32();
                if (function >= (uint)declared.Length) Invalid(ref reader, $"unknown function {function}");
                else if (!declared[function]) Invalid(ref reader, "undeclared function reference");
                Push(WasmType.FuncRef);
                break;
            default: CheckTable(opcode.Code, ref reader); break;
        }
    }

    private void CheckTable(int code, ref WasmReader reader)
    {
        WasmType element = ReadTable(ref reader);
        switch (code)
        {
            case Opcodes.TableGet:
                Pop(ref reader, WasmType.I32);
                Push(element);
                break;
            case Opcodes.TableSet:
                Pop(ref reader, element);
                Pop(ref reader, WasmType.I32);
                break;
            case Opcodes.TableGrow:
                Pop(ref reader, WasmType.I32);
                Pop(ref reader, element);
                Push(WasmType.I32);
                break;
            default:
                Pop(ref reader, WasmType.I32);
                Pop(ref reader, element);
                Pop(ref reader, WasmType.I32);
                break;
        }
    }

    private WasmType ReadTable(ref WasmReader reader)
    {
        uint table = reader.U32();
        if (table < (uint)module.Tables.Count) return module.Tables[(int)table].Element;
        Invalid(ref reader, $"unknown table {table}");
        return WasmType.Unknown;
    }

    private void CheckImmediate(Opcode opcode, ref WasmReader reader)
    {
        switch (opcode.Immediate)
        {
            case Immediate.None: break;
            case Immediate.MemoryArgument or Immediate.MemoryArgumentAndLane:
                CheckMemoryArgument(opcode, ref reader);
                if (opcode.Immediate == Immediate.MemoryArgumentAndLane) CheckLane(opcode.Lanes, ref reader);
                break;
            case Immediate.Memory: CheckMemory(ref reader); break;
            case Immediate.TwoMemories:
                CheckMemory(ref reader);
                CheckMemory(ref reader);
                break;
            case Immediate.DataAndMemory:
                uint data = reader.U32();
                CheckMemory(ref reader);
                CheckData(data, ref reader);
                break;
            case Immediate.Data: CheckData(reader.U32(), ref reader); break;
            case Immediate.Element: CheckElement(reader.U32(), ref reader); break;
            case Immediate.ElementAndTable:
                WasmType source = CheckElement(reader.U32(), ref reader);
                if (ReadTable(ref reader) != source) Invalid(ref reader, "type mismatch");
                break;
            case Immediate.TwoTables:
                if (ReadTable(ref reader) != ReadTable(ref reader)) Invalid(ref reader, "type mismatch");
                break;
            case Immediate.Table: ReadTable(ref reader); break;
            case Immediate.Lane: CheckLane(opcode.Lanes, ref reader); break;
            default: // the sixteen lane numbers of a shuffle
                for (int i = 0; i < 16; i++) CheckLane(opcode.Lanes, ref reader);
                break;
        }
    }

    private void CheckLane(int lanes, ref WasmReader reader)
    {
        if (reader.Byte() >= lanes) Invalid(ref reader, "invalid lane index");
    }

    private void CheckMemoryArgument(Opcode opcode, ref WasmReader reader)
    {
        uint align = reader.U32();
        reader.U32();
        if (align >= 32) reader.Malformed("malformed memop flags");
        else if (align > opcode.Align) Invalid(ref reader, "alignment must not be larger than natural");
        if (module.Memories.Count == 0) Invalid(ref reader, "unknown memory 0");
    }

    private void CheckMemory(ref WasmReader reader)
    {
        if (reader.Byte() != 0) reader.Malformed("zero byte expected");
        if (module.Memories.Count == 0) Invalid(ref reader, "unknown memory 0");
    }

    private void CheckData(uint segment, ref WasmReader reader)
    {
        if (segment >= (uint)module.Data.Count) Invalid(ref reader, $"unknown data segment {segment}");
        else if (module.DataCount is null) reader.Malformed("data count section required");
    }

    private WasmType CheckElement(uint segment, ref WasmReader reader)
    {
        if (segment < (uint)module.Elements.Count) return module.Elements[(int)segment].Type;
        Invalid(ref reader, $"unknown elem segment {segment}");
        return WasmType.Unknown;
    }

    private void CheckLocal(int code, ref WasmReader reader)
    {
        uint index = reader.U32();
        if (index >= (uint)_localCount)
        {
            Invalid(ref reader, $"unknown local {index}");
            return;
        }
        if (code != Opcodes.LocalGet) Pop(ref reader, _locals[index]);
        if (code != Opcodes.LocalSet) Push(_locals[index]);
    }

    private void CheckGlobal(int code, ref WasmReader reader)
    {
        uint index = reader.U32();
        if (index >= (uint)module.Globals.Count)
        {
            Invalid(ref reader, $"unknown global {index}");
            return;
        }
        GlobalType global = module.Globals[(int)index];
        if (code == Opcodes.GlobalGet)
        {
            Push(global.Type);
            return;
        }
        if (!global.Mutable) Invalid(ref reader, "global is immutable");
        Pop(ref reader, global.Type);
    }

    private void CheckSelect(ref WasmReader reader)
    {
        Pop(ref reader, WasmType.I32);
        WasmType second = Pop(ref reader), first = Pop(ref reader);
        if (first.IsReference || second.IsReference) Invalid(ref reader, "type mismatch");
        if (first != second && first != WasmType.Unknown && second != WasmType.Unknown)
            Invalid(ref reader, "type mismatch");
        Push(first == WasmType.Unknown ? second : first);
    }

    private void CheckTypedSelect(ref WasmReader reader)
    {
        int count = reader.Count();
        WasmType type = WasmType.Unknown;
        for (int i = 0; i < count && !reader.Failed; i++) type = reader.ValueType();
        if (count != 1) Invalid(ref reader, "invalid result arity");
        Pop(ref reader, WasmType.I32);
        Pop(ref reader, type);
        Pop(ref reader, type);
        Push(type);
    }
}
