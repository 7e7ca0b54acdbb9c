using System;
using Slungd.Native.Wasmtime;
using Slungd.Workflows.Wasm;

namespace Slungd.Workflows.Wasmtime;

/// <summary>Between our values and the library's. References stay in the guest.</summary>
internal static class WasmtimeValues
{
    /// <summary>Whether values of these types can pass.</summary>
    public static bool CanPass(ReadOnlySpan<WasmType> types)
    {
        foreach (WasmType type in types)
            if (!type.IsNumber) return false;
        return true;
    }

    public static byte[] KindsOf(ReadOnlySpan<WasmType> types)
    {
        byte[] kinds = new byte[types.Length];
        for (int i = 0; i < kinds.Length; i++) kinds[i] = KindOf(types[i]);
        return kinds;
    }

    public static LibraryValue Of(WasmType type, ulong bits) =>
        new() { Kind = KindOf(type), Low = Cut(type, bits) };

    public static WasmValue Read(WasmType type, in LibraryValue value) => new(type, Cut(type, value.Low));

    /// <summary>Without the upper half that a 32-bit value leaves as it was.</summary>
    public static ulong Cut(WasmType type, ulong bits) => type is WasmType.I32 or WasmType.F32 ? (uint)bits : bits;

    private static byte KindOf(WasmType type) => type switch
    {
        WasmType.I32 => LibraryValue.I32,
        WasmType.I64 => LibraryValue.I64,
        WasmType.F32 => LibraryValue.F32,
        _ => LibraryValue.F64,
    };
}
