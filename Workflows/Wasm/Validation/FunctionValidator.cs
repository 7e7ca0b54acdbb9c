using System;
using Slungd.Workflows.Wasm.Modules;

namespace Slungd.Workflows.Wasm.Validation;

/// <summary>Whether function bodies are valid: the algorithm of the specification's appendix, in one pass, with its two
/// stacks on the heap. Used for one module's functions in turn.</summary>
/// <param name="module">Valid but for its bodies.</param>
/// <param name="declared">Which functions ref.func may name.</param>
internal sealed partial class FunctionValidator(ModuleContents module, bool[] declared)
{
    private static readonly WasmSignature NoTypes = new([], []);

    private WasmType[] _locals = new WasmType[16];
    private int _localCount;
    private WasmSignature _signature = NoTypes;
    private WasmType[] _operands = new WasmType[64];
    private int _operandCount, _deepest;
    private Control[] _controls = new Control[16];
    private int _controlCount;
    private int _at;
    private long _work;

    /// <param name="Code">The opcode that opened it.</param>
    /// <param name="Type">What the block takes and gives.</param>
    /// <param name="Height">Operands below it.</param>
    private record struct Control(int Code, WasmSignature Type, int Height)
    {
        public bool Unreachable;

        /// <summary>What a branch to it carries.</summary>
        public readonly ReadOnlySpan<WasmType> Label => Code == Opcodes.Loop ? Type.Params : Type.Results;
    }

    /// <summary>Null when the body is valid.</summary>
    /// <param name="index">Among the functions that are not imported.</param>
    public WasmError? Check(int index)
    {
        ByteRange body = module.Bodies[index];
        WasmReader reader = new(module.Bytes, body.Start, body.End);
        _signature = module.SignatureOf(module.ImportedFunctions + index);
        ReadLocals(ref reader);
        _operandCount = _deepest = _controlCount = 0;
        _work = 0;
        Push(Opcodes.Block, new WasmSignature([], _signature.Results));
        while (_controlCount > 0 && !reader.Failed)
        {
            _at = reader.Position;
            if (Opcodes.Read(ref reader) is { } opcode) CheckInstruction(opcode, ref reader);
            // Two bytes can name a block of a thousand results: without a limit a module could hold us for minutes.
            if (_work > ModuleLimits.FreeWork + (long)body.Length * ModuleLimits.WorkPerByte)
                Fail(ref reader, WasmErrorKind.Limit, "too many operands for a body of this length");
        }
        if (!reader.Failed && reader.Left > 0) reader.Malformed("unexpected content after the function's end");
        // Two slots for each operand at worst.
        if (LocalSlots() + 2 * _deepest > ModuleLimits.FrameSlots)
            reader.FailAt(body.Start, WasmErrorKind.Limit, $"a frame of more than {ModuleLimits.FrameSlots} slots");
        return reader.Error;
    }

    private int LocalSlots()
    {
        int slots = 0;
        foreach (WasmType type in _locals.AsSpan(0, _localCount)) slots += type.Slots;
        return slots;
    }

    private void ReadLocals(ref WasmReader reader)
    {
        _localCount = 0;
        foreach (WasmType type in _signature.Params) AddLocals(type, 1);
        ulong total = (ulong)_localCount;
        for (int groups = reader.Count(); groups > 0 && !reader.Failed; groups--)
        {
            uint count = reader.U32();
            WasmType type = reader.ValueType();
            total += count;
            if (total > uint.MaxValue) reader.Malformed("too many locals");
            else if (total <= ModuleLimits.Locals) AddLocals(type, (int)count);
        }
        if (total > ModuleLimits.Locals)
            reader.Fail(WasmErrorKind.Limit, $"more than {ModuleLimits.Locals} locals");
    }

    private void AddLocals(WasmType type, int count)
    {
        Grow(ref _locals, _localCount + count);
        _locals.AsSpan(_localCount, count).Fill(type);
        _localCount += count;
    }

    private static void Grow<T>(ref T[] array, int needed)
    {
        if (needed > array.Length) Array.Resize(ref array, Math.Max(needed, 2 * array.Length));
    }

    private void Invalid(ref WasmReader reader, string message) => Fail(ref reader, WasmErrorKind.Invalid, message);

    private void Fail(ref WasmReader reader, WasmErrorKind kind, string message) => reader.FailAt(_at, kind, message);

    private void Push(WasmType type)
    {
        Grow(ref _operands, _operandCount + 1);
        _operands[_operandCount++] = type;
        _deepest = Math.Max(_deepest, _operandCount);
    }

    private void Push(ReadOnlySpan<WasmType> types)
    {
        _work += types.Length;
        foreach (WasmType type in types) Push(type);
    }

    private WasmType Pop(ref WasmReader reader)
    {
        ref Control top = ref _controls[_controlCount - 1];
        if (_operandCount > top.Height) return _operands[--_operandCount];
        if (!top.Unreachable) Invalid(ref reader, "type mismatch");
        return WasmType.Unknown;
    }

    private void Pop(ref WasmReader reader, WasmType expected)
    {
        WasmType actual = Pop(ref reader);
        if (actual != expected && actual != WasmType.Unknown && expected != WasmType.Unknown)
            Invalid(ref reader, "type mismatch");
    }

    private void Pop(ref WasmReader reader, ReadOnlySpan<WasmType> types)
    {
        _work += types.Length;
        for (int i = types.Length - 1; i >= 0; i--) Pop(ref reader, types[i]);
    }

    private void Push(int code, WasmSignature type)
    {
        Grow(ref _controls, _controlCount + 1);
        _controls[_controlCount++] = new Control(code, type, _operandCount);
        Push(type.Params);
    }

    private Control PopControl(ref WasmReader reader)
    {
        Control top = _controls[_controlCount - 1];
        Pop(ref reader, top.Type.Results);
        if (_operandCount != top.Height) Invalid(ref reader, "type mismatch");
        _controlCount--;
        return top;
    }

    private void Unreachable()
    {
        ref Control top = ref _controls[_controlCount - 1];
        _operandCount = top.Height;
        top.Unreachable = true;
    }
}
