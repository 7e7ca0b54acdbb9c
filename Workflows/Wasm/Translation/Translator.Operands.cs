using System;
using Slungd.Workflows.Wasm.Modules;

namespace Slungd.Workflows.Wasm.Translation;

// The operand stack as the translator sees it. Each operand has a place of its own in the frame, behind the locals; the
// value may be elsewhere. Operands that stand for the same local are chained, so that setting the local finds them
// without a search: each is saved at most once, which keeps translation linear.
internal sealed partial class Translator
{
    private enum Place : byte
    {
        /// <summary>In its own slot.</summary>
        Slot,
        Local,
        Constant,
    }

    private struct Operand
    {
        public Place Place;
        public WasmType Type;

        /// <summary>Its own slot.</summary>
        public int Slot;
        public int Local;

        /// <summary>The operand below that stands for the same local; -1 without one.</summary>
        public int NextAlias;
        public ulong Bits;
    }

    private WasmType[] _locals = new WasmType[16];
    private int[] _localSlots = new int[16];
    private int[] _aliases = new int[16];
    private int _localCount;
    private Operand[] _operands = new Operand[64];
    private int _height, _slot, _deepestSlot;

    // No operand below this one stands for a local.
    private int _settled;

    private void BeginFrame(ref WasmReader reader)
    {
        _localCount = _height = _slot = _settled = 0;
        foreach (WasmType type in _signature.Params) AddLocals(type, 1);
        for (int groups = reader.Count(); groups > 0; groups--)
        {
            int count = (int)reader.U32();
            AddLocals(reader.ValueType(), count);
        }
        _deepestSlot = _firstOperandSlot = _slot;
        int zeros = _slot - _signature.ParamSlots;
        if (zeros == 0) return;
        Begin(IrOp.ZeroLocals);
        Unit(_signature.ParamSlots);
        Unit(zeros);
        _last = -1;
    }

    private void AddLocals(WasmType type, int count)
    {
        int needed = _localCount + count;
        if (needed > _locals.Length)
        {
            int length = Math.Max(needed, 2 * _locals.Length);
            Array.Resize(ref _locals, length);
            Array.Resize(ref _localSlots, length);
            Array.Resize(ref _aliases, length);
        }
        for (; count > 0; count--)
        {
            _locals[_localCount] = type;
            _localSlots[_localCount] = _slot;
            _aliases[_localCount++] = -1;
            _slot += type.Slots;
        }
    }

    private ref Operand PushOperand(WasmType type)
    {
        if (_height == _operands.Length) Array.Resize(ref _operands, 2 * _height);
        ref Operand operand = ref _operands[_height++];
        operand.Place = Place.Slot;
        operand.Type = type;
        operand.Slot = _slot;
        _slot += type.Slots;
        _deepestSlot = Math.Max(_deepestSlot, _slot);
        return ref operand;
    }

    /// <summary>A result that an instruction writes: its slot.</summary>
    private int Push(WasmType type) => PushOperand(type).Slot;

    private void PushConstant(WasmType type, ulong bits)
    {
        ref Operand operand = ref PushOperand(type);
        operand.Place = Place.Constant;
        operand.Bits = bits;
    }

    private void PushLocal(int local)
    {
        ref Operand operand = ref PushOperand(_locals[local]);
        operand.Place = Place.Local;
        operand.Local = local;
        operand.NextAlias = _aliases[local];
        _aliases[local] = _height - 1;
    }

    private Operand Pop()
    {
        Operand operand = _operands[--_height];
        _slot = operand.Slot;
        // The topmost of a chain is its head.
        if (operand.Place == Place.Local) _aliases[operand.Local] = operand.NextAlias;
        _settled = Math.Min(_settled, _height);
        return operand;
    }

    private void PopTo(int height)
    {
        while (_height > height) Pop();
    }

    /// <summary>The slot where a popped operand's value is; a constant is written to its own.</summary>
    private int Source(Operand operand)
    {
        if (operand.Place == Place.Local) return _localSlots[operand.Local];
        if (operand.Place == Place.Constant) EmitConstant(operand.Slot, operand.Bits);
        return operand.Slot;
    }

    private void EmitTo(int slot, Operand operand)
    {
        if (operand.Place == Place.Constant) EmitConstant(slot, operand.Bits);
        else EmitCopy(slot, Source(operand), operand.Type);
    }

    /// <summary>Writes the topmost operands to their own slots.</summary>
    private void Settle(int count)
    {
        for (int i = _height - 1; i >= _height - count; i--)
        {
            ref Operand operand = ref _operands[i];
            if (operand.Place == Place.Slot) continue;
            if (operand.Place == Place.Local) _aliases[operand.Local] = operand.NextAlias;
            EmitTo(operand.Slot, operand);
            operand.Place = Place.Slot;
        }
    }

    /// <summary>Writes every operand that stands for a local to its own slot: code that may or may not run is about to
    /// begin, and could set the local.</summary>
    private void SettleLocals()
    {
        for (; _settled < _height; _settled++)
        {
            ref Operand operand = ref _operands[_settled];
            if (operand.Place != Place.Local) continue;
            // Its whole chain lies above, and is settled in this loop.
            _aliases[operand.Local] = -1;
            EmitTo(operand.Slot, operand);
            operand.Place = Place.Slot;
        }
    }

    private void SetLocal(int local)
    {
        Operand value = Pop();
        if (value.Place == Place.Local && value.Local == local) return;
        for (int i = _aliases[local]; i >= 0; i = _operands[i].NextAlias)
        {
            EmitCopy(_operands[i].Slot, _localSlots[local], _operands[i].Type);
            _operands[i].Place = Place.Slot;
        }
        _aliases[local] = -1;
        // Straight into the local, if nothing has been emitted since: no operand needed the old value.
        if (value.Place == Place.Slot && _last >= 0 && _code[_last + 1] == value.Slot)
        {
            _code[_last + 1] = (ushort)_localSlots[local];
            _last = -1;
            return;
        }
        EmitTo(_localSlots[local], value);
        _last = -1;
    }
}
