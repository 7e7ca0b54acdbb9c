using System;
using System.Collections.Generic;
using System.Numerics;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasm.Modules;

namespace Slungd.Tests.Workflows.Wasm;

/// <summary>Runs the functions of a <see cref="WasmProgram"/> as the specification words it: one stack, one instruction
/// after the other, nothing clever. Shares no code with the engine.</summary>
internal sealed class PlainMachine(WasmProgram program)
{
    private readonly byte[] _memory = new byte[65_536];
    private uint _fuel = 200;

    private sealed class TrapException(WasmTrapKind kind) : Exception
    {
        public WasmTrapKind Kind => kind;
    }

    private readonly record struct Label(int Continue, int Height, int Arity, bool Loop);

    /// <summary>The results, or the trap.</summary>
    public WasmTrapKind Run(int function, ulong[] arguments, out ulong[] results)
    {
        results = [];
        try
        {
            results = Call(function, arguments);
            return WasmTrapKind.None;
        }
        catch (TrapException trap)
        {
            return trap.Kind;
        }
    }

    private ulong[] Call(int function, ulong[] arguments)
    {
        byte[] code = program.Bodies[function];
        ulong[] locals = new ulong[program.LocalTypes[function].Length];
        arguments.CopyTo(locals, 0);
        int arity = program.Chosen[function].Results.Length;
        Dictionary<int, (int Else, int End)> blocks = Match(code);
        List<ulong> stack = [];
        Stack<Label> labels = new([new Label(code.Length, 0, arity, false)]);
        int at = 0;
        while (at < code.Length)
        {
            int start = at, op = code[at++];
            switch (op)
            {
                case 0x00: throw new TrapException(WasmTrapKind.Unreachable);
                case 0x02 or 0x03 or 0x04:
                {
                    (WasmType[] parameters, WasmType[] outputs) = BlockType(code[at++]);
                    bool taken = op != 0x04 || Pop(stack) != 0;
                    int height = stack.Count - parameters.Length;
                    (int otherwise, int end) = blocks[start];
                    labels.Push(op == 0x03 ? new Label(at, height, parameters.Length, true)
                        : new Label(end, height, outputs.Length, false));
                    if (taken) break;
                    if (otherwise >= 0) at = otherwise;
                    else
                    {
                        at = end;
                        labels.Pop();
                    }
                    break;
                }
                case 0x05:
                    at = labels.Pop().Continue;
                    break;
                case 0x0B: labels.Pop(); break;
                case 0x0C: at = Branch(labels, stack, code[at]); break;
                case 0x0D: at = Pop(stack) != 0 ? Branch(labels, stack, code[at]) : at + 1; break;
                case 0x0E:
                {
                    int count = code[at];
                    at = Branch(labels, stack, code[at + 1 + (int)Math.Min((uint)Pop(stack), (uint)count)]);
                    break;
                }
                case 0x10:
                {
                    int callee = code[at++], count = program.Chosen[callee].Params.Length;
                    ulong[] passed = [.. stack[^count..]];
                    stack.RemoveRange(stack.Count - count, count);
                    stack.AddRange(Call(callee, passed));
                    break;
                }
                default: Plain(op, code, ref at, stack, locals); break;
            }
        }
        return [.. stack[^arity..]];
    }

    private void Plain(int op, byte[] code, ref int at, List<ulong> stack, ulong[] locals)
    {
        switch (op)
        {
            case 0x1A: Pop(stack); break;
            case 0x1B:
            {
                ulong condition = Pop(stack), second = Pop(stack), first = Pop(stack);
                stack.Add((uint)condition != 0 ? first : second);
                break;
            }
            case 0x20: stack.Add(locals[code[at++]]); break;
            case 0x21: locals[code[at++]] = Pop(stack); break;
            case 0x22: locals[code[at++]] = stack[^1]; break;
            case 0x23: at++; stack.Add(_fuel); break;
            case 0x24: at++; _fuel = (uint)Pop(stack); break;
            case 0x28 or 0x29 or 0x2B or 0x2D:
            {
                at++;
                ulong value = BitConverter.ToUInt64(_memory, (int)Pop(stack) + code[at++]);
                stack.Add(op == 0x28 ? (uint)value : op == 0x2D ? (byte)value : value);
                break;
            }
            case 0x37:
            {
                at++;
                ulong value = Pop(stack);
                BitConverter.TryWriteBytes(_memory.AsSpan((int)Pop(stack) + code[at++]), value);
                break;
            }
            case 0x41: stack.Add((uint)Leb(code, ref at)); break;
            case 0x42: stack.Add((ulong)Leb(code, ref at)); break;
            case 0x44:
                stack.Add(BitConverter.ToUInt64(code, at));
                at += 8;
                break;
            default:
                int count = Opcodes.Find(op)!.Params.Length;
                ulong b = count == 2 ? Pop(stack) : 0;
                stack.Add(PlainNumbers.Compute(op, Pop(stack), b) ?? throw new TrapException(PlainNumbers.TrapOf(b)));
                break;
        }
    }

    private static int Branch(Stack<Label> labels, List<ulong> stack, int depth)
    {
        for (; depth > 0; depth--) labels.Pop();
        Label target = labels.Peek();
        ulong[] carried = [.. stack[^target.Arity..]];
        stack.RemoveRange(target.Height, stack.Count - target.Height);
        stack.AddRange(carried);
        if (!target.Loop) labels.Pop();
        return target.Continue;
    }

    private static ulong Pop(List<ulong> stack)
    {
        ulong top = stack[^1];
        stack.RemoveAt(stack.Count - 1);
        return top;
    }

    private static (WasmType[] Params, WasmType[] Results) BlockType(byte type) =>
        type == 0x40 ? ([], []) : WasmProgram.Signature(type);

    // Where each block's `else` part begins, -1 without one, and what follows its end.
    private static Dictionary<int, (int Else, int End)> Match(byte[] code)
    {
        Dictionary<int, (int, int)> blocks = [];
        Stack<(int Start, int Else)> open = [];
        for (int at = 0; at < code.Length;)
        {
            int start = at, op = code[at++];
            switch (op)
            {
                case 0x02 or 0x03 or 0x04:
                    at++;
                    open.Push((start, -1));
                    break;
                case 0x05: open.Push((open.Pop().Start, at)); break;
                case 0x0B:
                    (int begun, int otherwise) = open.Pop();
                    blocks[begun] = (otherwise, at);
                    break;
                case 0x0E: at += code[at] + 2; break;
                case 0x0C or 0x0D or 0x10 or 0x20 or 0x21 or 0x22 or 0x23 or 0x24: at++; break;
                case 0x28 or 0x29 or 0x2B or 0x2D or 0x37: at += 2; break;
                case 0x41 or 0x42: Leb(code, ref at); break;
                case 0x44: at += 8; break;
            }
        }
        return blocks;
    }

    private static long Leb(byte[] code, ref int at)
    {
        BigInteger value = 0;
        int shift = 0;
        byte next;
        do
        {
            next = code[at++];
            value += new BigInteger(next & 0x7F) << shift;
            shift += 7;
        }
        while (next >= 0x80);
        if ((next & 0x40) != 0) value -= BigInteger.One << shift;
        return (long)value;
    }
}
