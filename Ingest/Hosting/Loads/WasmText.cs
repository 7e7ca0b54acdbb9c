using System;
using System.Collections.Generic;
using System.Globalization;
using Slungd.Native.Checks;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasm.Modules;

namespace Slungd.Ingest.Hosting.Loads;

/// <summary>A little of WebAssembly's text format: instructions one after the other, names and immediates between
/// spaces, a block's one result by its type. Every module imports `env.nop` when asked to, has a page of memory, a
/// helper from i32 to i32, and exports `run`, which takes nothing and returns an i32.</summary>
internal static class WasmText
{
    private const byte Empty = 0x40, Function = 0x60, EndOfBody = Opcodes.End;
    private static readonly Dictionary<string, Opcode> ByName = MakeNames();

    /// <summary>Locals of `run`: four i32 from 0, then two f64.</summary>
    private static ReadOnlySpan<byte> RunLocals => [2, 4, (byte)WasmType.I32, 2, (byte)WasmType.F64];

    /// <summary>The binary module.</summary>
    /// <param name="run">The body of `run`.</param>
    /// <param name="imports">Whether function 0 is the host's; else it is the first helper.</param>
    /// <param name="helper">The body of a function from i32 to i32.</param>
    /// <param name="helpers">How often there is that function.</param>
    public static byte[] Module(string run, bool imports = false, string helper = "", int helpers = 0)
    {
        List<byte> module = [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0], functions = [], code = [];
        byte i32 = (byte)WasmType.I32;
        Section(module, 1, [3, Function, 0, 0, Function, 0, 1, i32, Function, 1, i32, 1, i32]);
        if (imports) Section(module, 2, [1, 3, .. "env"u8, 3, .. "nop"u8, 0, 0]);
        Unsigned(functions, (uint)helpers + 1);
        Unsigned(code, (uint)helpers + 1);
        byte[] body = Body([0], helper);
        for (int i = 0; i < helpers; i++)
        {
            functions.Add(2);
            code.AddRange(body);
        }
        functions.Add(1);
        code.AddRange(Body(RunLocals, run));
        Section(module, 3, functions);
        Section(module, 5, [1, 0, 1]);
        List<byte> exports = [1, 3, .. "run"u8, 0];
        Unsigned(exports, (uint)(helpers + (imports ? 1 : 0)));
        Section(module, 7, exports);
        Section(module, 10, code);
        return [.. module];
    }

    /// <summary>How many instructions a text has: what one pass through it executes.</summary>
    public static int Count(string text)
    {
        int count = 0;
        foreach (string token in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (ByName.ContainsKey(token)) count++;
        }
        return count;
    }

    private static Dictionary<string, Opcode> MakeNames()
    {
        Dictionary<string, Opcode> names = new(StringComparer.Ordinal);
        foreach (Opcode opcode in CoreOpcodes.All) names[opcode.Name] = opcode;
        return names;
    }

    private static void Section(List<byte> module, byte id, List<byte> content)
    {
        module.Add(id);
        Unsigned(module, (uint)content.Count);
        module.AddRange(content);
    }

    private static byte[] Body(ReadOnlySpan<byte> locals, string text)
    {
        List<byte> body = [.. locals];
        string[] tokens = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < tokens.Length; i++)
        {
            Opcode opcode = ByName[tokens[i]];
            Invariant.Check(opcode.Code <= byte.MaxValue);
            body.Add((byte)opcode.Code);
            switch (opcode.Immediate)
            {
                case Immediate.None: break;
                case Immediate.Block:
                    bool hasResult = i + 1 < tokens.Length && tokens[i + 1] == "i32";
                    body.Add(hasResult ? (byte)WasmType.I32 : Empty);
                    if (hasResult) i++;
                    break;
                case Immediate.MemoryArgument:
                    body.Add((byte)opcode.Align);
                    body.Add(0);
                    break;
                case Immediate.I32: Signed(body, int.Parse(tokens[++i], CultureInfo.InvariantCulture)); break;
                case Immediate.F64:
                    body.AddRange(BitConverter.GetBytes(double.Parse(tokens[++i], CultureInfo.InvariantCulture)));
                    break;
                default: Unsigned(body, uint.Parse(tokens[++i], CultureInfo.InvariantCulture)); break;
            }
        }
        body.Add(EndOfBody);
        List<byte> sized = [];
        Unsigned(sized, (uint)body.Count);
        return [.. sized, .. body];
    }

    private static void Unsigned(List<byte> bytes, uint value)
    {
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
    }

    private static void Signed(List<byte> bytes, int value)
    {
        for (; value is < -64 or > 63; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)(value & 0x7F));
    }
}
