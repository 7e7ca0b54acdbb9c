using System;
using Slungd.Native.Checks;
using Slungd.Workflows.Wasm.Modules;
using Slungd.Workflows.Wasm.Validation;

namespace Slungd.Workflows.Wasm.Translation;

/// <summary>Turns a validated function into instructions of the register machine, in one pass, in time and memory
/// linear in the body's length. Used for one module's functions in turn.
/// An operand that is a local or a constant is not copied to its place on the stack but used where it is; a result
/// is written straight into the local that takes it; a comparison becomes one with the branch that tests it.</summary>
/// <param name="module">Valid: what validation has found is not looked for again.</param>
internal sealed partial class Translator(ModuleContents module)
{
    private Control[] _controls = new Control[16];
    private int _controlCount;
    private WasmSignature _signature = new([], []);

    // After an unconditional branch nothing is emitted until the block that it left ends: how many blocks opened since.
    private bool _unreachable;
    private int _skipped;

    // Offset in the module of the instruction being translated, and the search for the one behind an address.
    private int _at, _wanted, _found;

    private struct Control
    {
        /// <summary>The opcode that opened it.</summary>
        public int Code;
        public WasmSignature Type;

        /// <summary>Operands below it, and the slot where its own begin.</summary>
        public int Height, Slot;

        /// <summary>Of a loop: where it starts. Of others: the last branch to its end, which leads to those before
        /// it; -1 without one.</summary>
        public int Target;

        /// <summary>Of an `if`: the branch that skips its first part; -1 once that is bound.</summary>
        public int ElseBranch;

        /// <summary>Of a loop that begins with a branch out of it, to the end of the block <see cref="TestTo"/> or
        /// behind the first part of the `if` there: that branch and its length; -1 without one.</summary>
        public int Test, TestUnits, TestAt, TestTo;

        /// <summary>The copy stub of the br_table at <see cref="StubOf"/> for this target.</summary>
        public int Stub, StubOf;

        public readonly ReadOnlySpan<WasmType> Label => Code == Opcodes.Loop ? Type.Params : Type.Results;

        public readonly int LabelSlots => Code == Opcodes.Loop ? Type.ParamSlots : Type.ResultSlots;
    }

    /// <summary>The function's code; valid until the next call.</summary>
    /// <param name="function">Among those that are not imported.</param>
    /// <param name="frameSlots">What a call needs of the stack.</param>
    public ReadOnlySpan<ushort> Translate(int function, out int frameSlots)
    {
        _wanted = -1;
        Run(function);
        frameSlots = Math.Max(_deepestSlot, Math.Max(_signature.ParamSlots, _signature.ResultSlots));
        return _code.AsSpan(0, _count);
    }

    /// <summary>The offset in the module of the instruction behind an address of a function's code: found by
    /// translating once more, so that code that never traps pays nothing.</summary>
    public int FindOffset(int function, int address)
    {
        _wanted = address;
        _found = module.Bodies[function].Start;
        Run(function);
        return _found;
    }

    private void Run(int function)
    {
        ByteRange body = module.Bodies[function];
        WasmReader reader = new(module.Bytes, body.Start, body.End);
        _signature = module.SignatureOf(module.ImportedFunctions + function);
        _count = 0;
        Label();
        _controlCount = 0;
        _unreachable = false;
        _at = body.Start;
        BeginFrame(ref reader);
        Open(Opcodes.Block, new WasmSignature([], _signature.Results), 0);
        while (_controlCount > 0)
        {
            _at = reader.Position;
            Opcode? opcode = Opcodes.Read(ref reader);
            Invariant.Check(opcode is not null); // validated
            if (_unreachable) Skip(opcode, ref reader);
            else Translate(opcode, ref reader);
        }
        Invariant.Check(!reader.Failed);
    }

    private void Translate(Opcode opcode, ref WasmReader reader)
    {
        switch (opcode.Code)
        {
            case Opcodes.Nop: break;
            case Opcodes.Unreachable:
                Begin(IrOp.Unreachable);
                EndPath();
                break;
            case Opcodes.Block or Opcodes.Loop or Opcodes.If:
                TranslateBlock(opcode.Code, FunctionValidator.ReadBlockType(module, ref reader));
                break;
            case Opcodes.Else: TranslateElse(); break;
            case Opcodes.End: TranslateEnd(reader.Left > 0 ? module.Bytes[reader.Position] : -1); break;
            case Opcodes.Br: TranslateBranch((int)reader.U32()); break;
            case Opcodes.BrIf: TranslateBranchIf((int)reader.U32()); break;
            case Opcodes.BrTable: TranslateBranchTable(ref reader); break;
            case Opcodes.Return:
                EmitReturn();
                EndPath();
                break;
            case Opcodes.Call: TranslateCall((int)reader.U32()); break;
            case Opcodes.CallIndirect: TranslateCallIndirect((int)reader.U32(), (int)reader.U32()); break;
            case Opcodes.Drop: Pop(); break;
            case Opcodes.LocalGet: PushLocal((int)reader.U32()); break;
            case Opcodes.LocalSet: SetLocal((int)reader.U32()); break;
            case Opcodes.LocalTee:
                int local = (int)reader.U32();
                SetLocal(local);
                PushLocal(local);
                break;
            default: TranslateValue(opcode, ref reader); break;
        }
    }

    // Unreachable code: only the ends of blocks matter.
    private void Skip(Opcode opcode, ref WasmReader reader)
    {
        switch (opcode.Code)
        {
            case Opcodes.Block or Opcodes.Loop or Opcodes.If:
                reader.S33();
                _skipped++;
                break;
            case Opcodes.Else when _skipped == 0: TranslateElse(); break;
            case Opcodes.End when _skipped == 0: TranslateEnd(-1); break;
            case Opcodes.End: _skipped--; break;
            default: SkipImmediate(opcode.Immediate, ref reader); break;
        }
    }

    private static void SkipImmediate(Immediate immediate, ref WasmReader reader)
    {
        switch (immediate)
        {
            case Immediate.None or Immediate.Block: break;
            case Immediate.Labels:
                for (int left = reader.Count(); left >= 0; left--) reader.U32();
                break;
            case Immediate.Types: reader.Bytes(reader.U32()); break;
            case Immediate.TypeAndTable or Immediate.TwoTables or Immediate.ElementAndTable
                or Immediate.MemoryArgument or Immediate.DataAndMemory or Immediate.TwoMemories:
                reader.U32();
                reader.U32();
                break;
            case Immediate.MemoryArgumentAndLane:
                reader.U32();
                reader.U32();
                reader.Byte();
                break;
            case Immediate.I32: reader.S32(); break;
            case Immediate.I64: reader.S64(); break;
            case Immediate.F32: reader.Bytes(4); break;
            case Immediate.F64: reader.Bytes(8); break;
            case Immediate.V128 or Immediate.Lanes: reader.Bytes(16); break;
            case Immediate.Reference or Immediate.Lane: reader.Byte(); break;
            default: reader.U32(); break;
        }
    }
}
