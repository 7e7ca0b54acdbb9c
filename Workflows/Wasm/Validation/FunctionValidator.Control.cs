using System;
using Slungd.Workflows.Wasm.Modules;

namespace Slungd.Workflows.Wasm.Validation;

internal sealed partial class FunctionValidator
{
    private void CheckBlock(int code, ref WasmReader reader)
    {
        WasmSignature type = ReadBlockType(module, ref reader);
        if (code == Opcodes.If) Pop(ref reader, WasmType.I32);
        Pop(ref reader, type.Params);
        Push(code, type);
    }

    /// <summary>A block's type: nothing, one result, or a signature of the type section.</summary>
    public static WasmSignature ReadBlockType(ModuleContents module, ref WasmReader reader)
    {
        int at = reader.Position;
        long code = reader.S33();
        if (code >= 0)
        {
            if (code < module.Types.Count) return module.Types[(int)code];
            reader.FailAt(at, WasmErrorKind.Invalid, $"unknown type {code}");
            return NoTypes;
        }
        int short7 = (int)(code & 0x7F);
        if (code < -64 || short7 != 0x40 && BlockResult(short7) is null) reader.Malformed("malformed block type");
        return BlockResult(short7) ?? NoTypes;
    }

    private static readonly WasmSignature[] SingleResults = MakeSingleResults();

    private static WasmSignature? BlockResult(int type) =>
        Array.Find(SingleResults, s => (int)s.Results[0] == type);

    private static WasmSignature[] MakeSingleResults()
    {
        ReadOnlySpan<WasmType> types = [WasmType.I32, WasmType.I64, WasmType.F32, WasmType.F64, WasmType.V128,
            WasmType.FuncRef, WasmType.ExternRef];
        var results = new WasmSignature[types.Length];
        for (int i = 0; i < types.Length; i++) results[i] = new WasmSignature([], [types[i]]);
        return results;
    }

    private void CheckElse(ref WasmReader reader)
    {
        if (_controls[_controlCount - 1].Code != Opcodes.If)
        {
            reader.FailAt(_at, WasmErrorKind.Malformed, "else without if");
            return;
        }
        Control then = PopControl(ref reader);
        Push(Opcodes.Else, then.Type);
    }

    private void CheckEnd(ref WasmReader reader)
    {
        Control block = PopControl(ref reader);
        // Without `else` the operands pass through.
        if (block.Code == Opcodes.If && !block.Type.Params.SequenceEqual(block.Type.Results))
            Invalid(ref reader, "type mismatch");
        if (_controlCount > 0) Push(block.Type.Results);
    }

    private bool TryLabel(ref WasmReader reader, out Control label)
    {
        uint depth = reader.U32();
        label = default;
        if (depth >= (uint)_controlCount)
        {
            Invalid(ref reader, $"unknown label {depth}");
            return false;
        }
        label = _controls[_controlCount - 1 - (int)depth];
        return !reader.Failed;
    }

    private void CheckBranch(int code, ref WasmReader reader)
    {
        if (!TryLabel(ref reader, out Control label)) return;
        if (code == Opcodes.BrIf) Pop(ref reader, WasmType.I32);
        Pop(ref reader, label.Label);
        if (code == Opcodes.BrIf) Push(label.Label);
        else Unreachable();
    }

    // Every label takes the same number of operands; types are compared one by one, since in unreachable code an
    // operand may fit several.
    private void CheckBranchTable(ref WasmReader reader)
    {
        Pop(ref reader, WasmType.I32);
        int count = reader.Count();
        if (count > ModuleLimits.BranchTargets)
            Fail(ref reader, WasmErrorKind.Limit, $"more than {ModuleLimits.BranchTargets} branch targets");
        int arity = -1;
        WasmSignature? last = null;
        int lastCode = 0;
        for (int i = 0; i <= count && !reader.Failed; i++)
        {
            if (!TryLabel(ref reader, out Control label)) return;
            if (arity < 0) arity = label.Label.Length;
            if (label.Label.Length != arity) Invalid(ref reader, "type mismatch");
            else if (label.Type != last || label.Code != lastCode) CheckOperands(ref reader, label.Label);
            last = label.Type;
            lastCode = label.Code;
        }
        Unreachable();
    }

    private void CheckOperands(ref WasmReader reader, ReadOnlySpan<WasmType> types)
    {
        Control top = _controls[_controlCount - 1];
        _work += types.Length;
        for (int i = 0; i < types.Length; i++)
        {
            int at = _operandCount - types.Length + i;
            WasmType actual = at >= top.Height ? _operands[at] : WasmType.Unknown;
            if (at < top.Height && !top.Unreachable || actual != types[i] && actual != WasmType.Unknown)
                Invalid(ref reader, "type mismatch");
        }
    }

    private void CheckCall(int code, ref WasmReader reader)
    {
        WasmSignature? type = code == Opcodes.Call ? ReadFunction(ref reader) : ReadIndirect(ref reader);
        if (type is null) return;
        Pop(ref reader, type.Params);
        Push(type.Results);
    }

    private WasmSignature? ReadFunction(ref WasmReader reader)
    {
        uint function = reader.U32();
        if (function < (uint)module.Functions.Count) return module.SignatureOf((int)function);
        Invalid(ref reader, $"unknown function {function}");
        return null;
    }

    private WasmSignature? ReadIndirect(ref WasmReader reader)
    {
        uint type = reader.U32();
        if (ReadTable(ref reader) != WasmType.FuncRef) Invalid(ref reader, "type mismatch");
        if (type < (uint)module.Types.Count)
        {
            Pop(ref reader, WasmType.I32);
            return module.Types[(int)type];
        }
        Invalid(ref reader, $"unknown type {type}");
        return null;
    }
}
