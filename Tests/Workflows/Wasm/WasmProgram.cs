using System;
using System.Collections.Generic;
using System.Linq;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasm.Modules;
using static Slungd.Workflows.Wasm.WasmType;

namespace Slungd.Tests.Workflows.Wasm;

/// <summary>Makes valid functions out of any bytes: each byte is a choice among what is valid where it stands. Blocks
/// with parameters and results, branches out of nested blocks with operands below, locals set while they stand on the
/// operand stack: what a translator gets wrong. Loops pay with global 0, so that everything ends.</summary>
internal sealed class WasmProgram
{
    public const int Functions = 3, Locals = 6, MaxDepth = 6;

    private static readonly WasmType[] Types = [I32, I64, F64];
    private static readonly (WasmType[] Params, WasmType[] Results)[] Signatures =
    [
        ([], []), ([], [I32]), ([], [I64]), ([], [F64]), ([I32], [I32]), ([I32, I64], [I64, I32]), ([F64], []),
        ([I64, F64], [F64, I64, I32]), ([I32, I32, I32], [I32]),
    ];

    // No instruction that can trap but division, and none whose NaN may differ.
    private static readonly int[] Codes =
    [
        0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x4F, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56,
        0x57, 0x58, 0x59, 0x5A, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70, 0x71,
        0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x7C, 0x7D, 0x7E, 0x7F, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86,
        0x87, 0x88, 0x89, 0x8A, 0xA0, 0xA1, 0xA2, 0xA7, 0xAC, 0xAD, 0xB7, 0xBD, 0xBF,
    ];

    private readonly byte[] _choices;
    private readonly List<byte> _code = [];
    private readonly List<WasmType> _stack = [];
    private readonly List<WasmType[]> _labels = [];
    private int _next, _floor, _function;

    public WasmProgram(byte[] choices)
    {
        _choices = choices;
        WasmBuilder module = new WasmBuilder().Memory(1);
        foreach ((WasmType[] parameters, WasmType[] results) in Signatures) module.Type(parameters, results);
        module.Global(I32, [0x41, .. WasmBuilder.Signed(200)]);
        for (_function = 0; _function < Functions; _function++)
        {
            int signature = Choose(Signatures.Length);
            (WasmType[] parameters, WasmType[] results) = Signatures[signature];
            WasmType[] extra = [I32, I32, I64, I64, F64, F64];
            LocalTypes.Add([.. parameters, .. extra]);
            _code.Clear();
            _stack.Clear();
            _labels.Clear();
            _floor = 0;
            Body(results, results);
            byte[] code = [.. _code];
            Bodies.Add(code);
            Chosen.Add(Signatures[signature]);
            module.Function(signature, extra, code, $"f{_function}");
        }
        Module = module.Build();
    }

    public byte[] Module { get; }

    /// <summary>The functions' code without the last `end`.</summary>
    public List<byte[]> Bodies { get; } = [];

    public List<WasmType[]> LocalTypes { get; } = [];

    public List<(WasmType[] Params, WasmType[] Results)> Chosen { get; } = [];

    public static (WasmType[] Params, WasmType[] Results) Signature(int index) => Signatures[index];

    private int Choose(int count) => _next < _choices.Length ? _choices[_next++] % count : 0;

    private void Emit(params ReadOnlySpan<byte> bytes) => _code.AddRange(bytes);

    // Instructions until the choices say stop, then what the results need. The operands of the block lie on the stack
    // from _floor.
    private void Body(WasmType[] results, WasmType[] label, bool isLoop = false)
    {
        _labels.Add(label);
        bool open = true;
        if (isLoop) BeginLoop(label.Length == 0);
        for (int left = Choose(12); left > 0 && open && _next < _choices.Length; left--) open = Instruction();
        _labels.RemoveAt(_labels.Count - 1);
        if (open) Arrange(results);
        _stack.RemoveRange(_floor, _stack.Count - _floor);
    }

    // Whatever is on the stack becomes the results, some of them taken from it.
    private void Arrange(WasmType[] results)
    {
        int common = 0;
        while (common < results.Length && _floor + common < _stack.Count && _stack[_floor + common] == results[common])
            common++;
        while (_stack.Count > _floor + common) Drop();
        for (int i = common; i < results.Length; i++) Value(results[i]);
    }

    private void Drop()
    {
        Emit(0x1A);
        _stack.RemoveAt(_stack.Count - 1);
    }

    // One operand of a type: a constant, a local, or what is on the stack already.
    private void Value(WasmType type)
    {
        if (Choose(2) == 0)
        {
            Emit(0x20, (byte)LocalOf(type));
        }
        else if (type == F64)
        {
            Emit(0x44);
            Emit(BitConverter.GetBytes((double)Choose(7) - 3));
        }
        else
        {
            Emit((byte)(type == I32 ? 0x41 : 0x42));
            long[] constants =
                [0, 1, -1, 2, 7, 31, 64, 1000, int.MaxValue, int.MinValue, type == I64 ? long.MinValue : -8];
            Emit(WasmBuilder.Signed(constants[Choose(constants.Length)]));
        }
        _stack.Add(type);
    }

    private int LocalOf(WasmType type)
    {
        WasmType[] locals = LocalTypes[_function];
        int start = Choose(locals.Length);
        for (int i = 0; ; i++)
        {
            int local = (start + i) % locals.Length;
            if (locals[local] == type) return local;
        }
    }

    /// <summary>Makes sure that these types are on top, reusing what is there.</summary>
    private void Need(ReadOnlySpan<WasmType> types)
    {
        for (int have = types.Length; have > 0; have--)
        {
            int at = _stack.Count - have;
            if (at < _floor || !types[..have].SequenceEqual([.. _stack[at..]])) continue;
            foreach (WasmType type in types[have..]) Value(type);
            return;
        }
        foreach (WasmType type in types) Value(type);
    }

    private void Take(int count) => _stack.RemoveRange(_stack.Count - count, count);

    // False when what follows can't be reached.
    private bool Instruction()
    {
        switch (Choose(16))
        {
            case 0: Value(Types[Choose(3)]); return true;
            case 1 or 2: SetLocal(); return true;
            case 3 or 4: Block(); return true;
            case 5: return Branch();
            case 6: Select(); return true;
            case 7: Memory(); return true;
            case 8: Call(); return true;
            case 9 when _stack.Count > _floor: Drop(); return true;
            default: Numeric(); return true;
        }
    }

    private void Numeric()
    {
        if (Choose(4) == 0)
        {
            Sum();
            return;
        }
        Opcode opcode = Opcodes.Find(Codes[Choose(Codes.Length)])!;
        Need(opcode.Params);
        Emit((byte)opcode.Code);
        Take(opcode.Params.Length);
        _stack.Add(opcode.Result);
    }

    // What is added is a product, a shifted number, or lies in memory.
    private void Sum()
    {
        bool isFloat = Choose(2) == 0;
        WasmType type = isFloat ? F64 : I32;
        bool before = Choose(2) == 0;
        if (before) Need([type]);
        switch (Choose(3))
        {
            case 0:
                Value(type);
                Value(type);
                Emit((byte)(isFloat ? 0xA2 : 0x6C));
                Take(1);
                break;
            case 1 when !isFloat:
                Value(type);
                Emit(0x41, (byte)Choose(40), 0x74);
                break;
            default:
                Emit(0x41, (byte)Choose(60), (byte)(isFloat ? 0x2B : 0x28), 0, (byte)Choose(100));
                _stack.Add(type);
                break;
        }
        if (!before) Value(type);
        Emit((byte)(isFloat ? Choose(2) == 0 ? 0xA0 : 0xA2 : 0x6A));
        Take(1);
    }

    private void SetLocal()
    {
        WasmType type = _stack.Count > _floor ? _stack[^1] : Types[Choose(3)];
        Need([type]);
        bool tee = Choose(2) == 0;
        Emit((byte)(tee ? 0x22 : 0x21), (byte)LocalOf(type));
        if (!tee) Take(1);
    }

    private void Select()
    {
        WasmType type = Types[Choose(3)];
        Need([type, type, I32]);
        Emit(0x1B);
        Take(2);
    }

    private void Memory()
    {
        Need([I32]);
        Emit(0x41, 0xFF, 0x07, 0x71); // i32.const 1023, i32.and
        Take(1);
        if (Choose(2) == 0)
        {
            int load = Choose(4);
            Emit((byte)(load switch { 0 => 0x29, 1 => 0x28, 2 => 0x2B, _ => 0x2D }), 0, (byte)Choose(100));
            _stack.Add(load switch { 0 => I64, 2 => F64, _ => I32 });
            return;
        }
        _stack.Add(I32);
        Value(I64);
        Emit(0x37, 0, (byte)Choose(100)); // i64.store
        Take(2);
    }

    // Only functions before this one: no recursion.
    private void Call()
    {
        if (_function == 0) return;
        int callee = Choose(_function);
        (WasmType[] parameters, WasmType[] results) = Chosen[callee];
        Need(parameters);
        Emit(0x10, (byte)callee);
        Take(parameters.Length);
        _stack.AddRange(results);
    }

    private void Block()
    {
        if (_labels.Count >= MaxDepth) return;
        int kind = Choose(3), signature = Choose(Signatures.Length), floor = _floor;
        (WasmType[] parameters, WasmType[] results) = Signatures[signature];
        if (kind == 2) Need([.. parameters, I32]);
        else Need(parameters);
        Emit((byte)(0x02 + kind), (byte)signature);
        if (kind == 2) Take(1);
        _floor = _stack.Count - parameters.Length;
        Body(results, kind == 1 ? parameters : results, kind == 1);
        bool hasElse = kind == 2 && (Choose(2) == 0 || !parameters.AsSpan().SequenceEqual(results));
        if (hasElse)
        {
            Emit(0x05);
            _stack.AddRange(parameters);
            Body(results, results);
        }
        Emit(0x0B);
        _stack.AddRange(results);
        _floor = floor;
    }

    // Loops as compilers make them: a test that leaves at the start, or an `if` around the body with the way back at
    // its end; a counter's step and a test at the end come from Branch.
    private void BeginLoop(bool hasNoParameters)
    {
        int shape = Choose(3);
        int outer = Enumerable.Range(1, _labels.Count - 1).FirstOrDefault(d => _labels[^(d + 1)].Length == 0);
        if (shape == 1 && outer > 0)
        {
            Test();
            Emit(0x0D, (byte)outer);
            Take(1);
        }
        if (shape != 2 || !hasNoParameters || _labels.Count >= MaxDepth)
        {
            Pay();
            return;
        }
        Test();
        Emit(0x04, 0x40);
        Take(1);
        Pay();
        int floor = _floor;
        _floor = _stack.Count;
        _labels.Add([]);
        bool open = true;
        for (int left = Choose(4); left > 0 && open; left--) open = Instruction();
        if (open)
        {
            if (Choose(2) == 0) Step();
            Emit(0x0C, 1);
        }
        _stack.RemoveRange(_floor, _stack.Count - _floor);
        _floor = floor;
        _labels.RemoveAt(_labels.Count - 1);
        Emit(0x0B);
        Pay(); // who comes by the other way may go back, too
    }

    // A local of i32 goes up or down by a constant.
    private int Step()
    {
        byte local = (byte)LocalOf(I32);
        Emit(0x20, local, 0x41);
        Emit(WasmBuilder.Signed(Choose(5) - 2));
        Emit(0x6A, 0x21, local);
        return local;
    }

    // A condition as tests of loops have it: two locals, or one and a constant, compared; bits; a byte in memory.
    private void Test(int local = -1)
    {
        if (local < 0) local = LocalOf(I32);
        switch (Choose(5))
        {
            case 0: Emit(0x20, (byte)local); break;
            case 1:
                Emit(0x20, (byte)local, 0x20, (byte)LocalOf(I32), (byte)(0x46 + Choose(10)));
                break;
            case 2:
                Emit(0x20, (byte)local, 0x41, (byte)Choose(64), 0x71);
                if (Choose(2) == 0) Emit(0x45);
                break;
            case 3:
                Emit(0x41, 0, 0x2D, 0, (byte)Choose(100));
                if (Choose(2) == 0) Emit(0x41, (byte)Choose(4), (byte)(0x46 + Choose(2)));
                break;
            default:
                Emit(0x20, (byte)local, 0x41);
                Emit(WasmBuilder.Signed(Choose(7) - 3));
                Emit((byte)(0x46 + Choose(10)));
                break;
        }
        _stack.Add(I32);
    }

    // if global 0 is 0 then trap; global 0 -= 1
    private void Pay() => Emit(0x23, 0, 0x45, 0x04, 0x40, 0x00, 0x0B, 0x23, 0, 0x41, 1, 0x6B, 0x24, 0);

    private bool Branch()
    {
        int depth = Choose(_labels.Count);
        WasmType[] label = _labels[^(depth + 1)];
        switch (Choose(5))
        {
            case 0:
                Need(label);
                Emit(0x0C, (byte)depth);
                return false;
            case 2:
                Need(label);
                Test(Choose(2) == 0 ? -1 : Step());
                Emit(0x0D, (byte)depth);
                Take(1);
                return true;
            case 1:
                Need([.. label, I32]);
                Emit(0x0E);
                List<byte> targets = [];
                for (int i = 0; i < _labels.Count; i++)
                {
                    if (_labels[^(i + 1)].AsSpan().SequenceEqual(label)) targets.Add((byte)i);
                }
                Emit([(byte)targets.Count, .. targets, (byte)depth]);
                return false;
            default:
                Need([.. label, I32]);
                Emit(0x0D, (byte)depth);
                Take(1);
                return true;
        }
    }
}
