using System;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using Slungd.Workflows.Wasm;

namespace Slungd.Tests.Conformance;

/// <summary>Values as the suite's JSON writes them: bits in decimal, lanes in lists, two kinds of NaN.</summary>
internal static class WasmLiterals
{
    public static WasmValue Read(JsonElement literal)
    {
        string type = literal.GetProperty("type").GetString()!;
        if (type == "v128") return ReadLanes(literal);
        string value = literal.GetProperty("value").GetString()!;
        return type switch
        {
            "i32" => new WasmValue(WasmType.I32, (uint)Bits(value)),
            "i64" => new WasmValue(WasmType.I64, Bits(value)),
            "f32" => new WasmValue(WasmType.F32, (uint)Bits(value)),
            "f64" => new WasmValue(WasmType.F64, Bits(value)),
            "funcref" => Reference(WasmType.FuncRef, value),
            "externref" => Reference(WasmType.ExternRef, value),
            _ => throw new FormatException($"type {type}"),
        };
    }

    /// <summary>Whether a result is what is expected; a reference without value is any but null.</summary>
    public static bool Matches(WasmValue result, JsonElement expected)
    {
        string type = expected.GetProperty("type").GetString()!;
        if (type != NameOf(result.Type)) return false;
        if (type == "v128") return LanesMatch(result, expected);
        if (!expected.TryGetProperty("value", out JsonElement value)) return !result.IsNull;
        return type switch
        {
            "f32" => FloatMatches((uint)result.Low, value.GetString()!),
            "f64" => DoubleMatches(result.Low, value.GetString()!),
            _ => result == Read(expected),
        };
    }

    private static string NameOf(WasmType type) => type.Name;

    // A host's number 0 is not null.
    private static WasmValue Reference(WasmType type, string value) =>
        new(type, value == "null" ? 0 : Bits(value) + 1);

    private static ulong Bits(string value) =>
        value.StartsWith('-') ? (ulong)long.Parse(value, CultureInfo.InvariantCulture)
            : ulong.Parse(value, CultureInfo.InvariantCulture);

    private static int LaneBits(JsonElement literal) => literal.GetProperty("lane_type").GetString() switch
    {
        "i8" => 8,
        "i16" => 16,
        "i32" or "f32" => 32,
        _ => 64,
    };

    private static WasmValue ReadLanes(JsonElement literal)
    {
        int bits = LaneBits(literal), lane = 0;
        ulong mask = ulong.MaxValue >> (64 - bits);
        Span<ulong> halves = stackalloc ulong[2];
        foreach (JsonElement value in literal.GetProperty("value").EnumerateArray())
        {
            halves[lane * bits / 64] |= (Bits(value.GetString()!) & mask) << lane * bits % 64;
            lane++;
        }
        return new WasmValue(WasmType.V128, halves[0], halves[1]);
    }

    private static bool LanesMatch(WasmValue result, JsonElement expected)
    {
        int bits = LaneBits(expected);
        ulong mask = ulong.MaxValue >> (64 - bits);
        string kind = expected.GetProperty("lane_type").GetString()!;
        string[] lanes = [.. expected.GetProperty("value").EnumerateArray().Select(static v => v.GetString()!)];
        for (int i = 0; i < lanes.Length; i++)
        {
            int at = i * bits;
            ulong actual = (at < 64 ? result.Low : result.High) >> at % 64 & mask;
            bool same = kind switch
            {
                "f32" => FloatMatches((uint)actual, lanes[i]),
                "f64" => DoubleMatches(actual, lanes[i]),
                _ => actual == (Bits(lanes[i]) & mask),
            };
            if (!same) return false;
        }
        return lanes.Length * bits == 128;
    }

    private static bool FloatMatches(uint bits, string expected) => expected switch
    {
        "nan:canonical" => (bits & 0x7FFFFFFF) == 0x7FC00000,
        "nan:arithmetic" => (bits & 0x7FC00000) == 0x7FC00000,
        _ => bits == (uint)Bits(expected),
    };

    private static bool DoubleMatches(ulong bits, string expected) => expected switch
    {
        "nan:canonical" => (bits & 0x7FFFFFFFFFFFFFFF) == 0x7FF8000000000000,
        "nan:arithmetic" => (bits & 0x7FF8000000000000) == 0x7FF8000000000000,
        _ => bits == Bits(expected),
    };
}
