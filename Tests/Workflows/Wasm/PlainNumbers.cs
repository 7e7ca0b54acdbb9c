using System;
using System.Numerics;
using Slungd.Workflows.Wasm;

namespace Slungd.Tests.Workflows.Wasm;

/// <summary>The numeric instructions of <see cref="WasmProgram"/>, with BigInteger where width matters.</summary>
internal static class PlainNumbers
{
    /// <summary>Null when it traps. Every value of 32 bits has the upper half zero.</summary>
    public static ulong? Compute(int op, ulong a, ulong b) => op switch
    {
        >= 0x45 and <= 0x4F => Compare(op == 0x45 ? 0 : op - 0x46, op == 0x45 ? 32 : -32, a, b),
        >= 0x50 and <= 0x5A => Compare(op == 0x50 ? 0 : op - 0x51, op == 0x50 ? 64 : -64, a, b),
        >= 0x61 and <= 0x66 => CompareFloats(op - 0x61, Float(a), Float(b)) ? 1u : 0,
        >= 0x6A and <= 0x78 => Integer(op - 0x6A, 32, a, b),
        >= 0x7C and <= 0x8A => Integer(op - 0x7C, 64, a, b),
        0xA0 => Bits(Float(a) + Float(b)),
        0xA1 => Bits(Float(a) - Float(b)),
        0xA2 => Bits(Float(a) * Float(b)),
        0xA7 or 0xAD => (uint)a,
        0xAC => (ulong)(int)a,
        0xB7 => Bits((int)a),
        0xBD or 0xBF => a,
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };

    public static WasmTrapKind TrapOf(ulong divisor) =>
        divisor == 0 ? WasmTrapKind.DivideByZero : WasmTrapKind.IntegerOverflow;

    private static double Float(ulong bits) => BitConverter.UInt64BitsToDouble(bits);

    private static ulong Bits(double value) => BitConverter.DoubleToUInt64Bits(value);

    private static BigInteger Sign(ulong value, int width) => width == 32 ? (int)value : (long)value;

    // A positive width stands for eqz.
    private static ulong Compare(int kind, int width, ulong a, ulong b)
    {
        if (width > 0) return a == 0 ? 1u : 0;
        BigInteger x = kind % 2 == 0 ? Sign(a, -width) : a, y = kind % 2 == 0 ? Sign(b, -width) : b;
        bool holds = kind switch
        {
            0 => a == b,
            1 => a != b,
            2 or 3 => x < y,
            4 or 5 => x > y,
            6 or 7 => x <= y,
            _ => x >= y,
        };
        return holds ? 1u : 0;
    }

    private static bool CompareFloats(int kind, double a, double b) => kind switch
    {
        0 => a == b,
        1 => a != b,
        2 => a < b,
        3 => a > b,
        4 => a <= b,
        _ => a >= b,
    };

    private static ulong? Integer(int kind, int width, ulong a, ulong b)
    {
        BigInteger modulus = BigInteger.One << width, x = Sign(a, width), y = Sign(b, width);
        int count = (int)(b % (uint)width);
        if (kind is >= 3 and <= 6 && b == 0) return null;
        if (kind == 3 && x / y == modulus / 2) return null;
        BigInteger result = kind switch
        {
            0 => x + y,
            1 => x - y,
            2 => x * y,
            3 => BigInteger.Divide(x, y),
            4 => (BigInteger)a / b,
            5 => BigInteger.Remainder(x, y),
            6 => (BigInteger)a % b,
            7 => a & b,
            8 => a | b,
            9 => a ^ b,
            10 => x << count,
            11 => x >> count,
            12 => (BigInteger)a >> count,
            13 => ((BigInteger)a << count) + ((BigInteger)a >> (width - count)),
            _ => ((BigInteger)a >> count) + ((BigInteger)a << (width - count)),
        };
        BigInteger wrapped = result % modulus;
        return (ulong)(wrapped < 0 ? wrapped + modulus : wrapped);
    }
}
