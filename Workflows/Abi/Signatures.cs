using Slungd.Workflows.Wasm;

namespace Slungd.Workflows.Abi;

/// <summary>Types that several functions share.</summary>
internal static class Signatures
{
    public static readonly WasmSignature None = new([], []);
    public static readonly WasmSignature ToI32 = new([], [WasmType.I32]);
    public static readonly WasmSignature I32 = new([WasmType.I32], []);
    public static readonly WasmSignature I32ToI32 = new([WasmType.I32], [WasmType.I32]);
    public static readonly WasmSignature TwoI32 = Of(2);
    public static readonly WasmSignature ThreeI32 = Of(3);
    public static readonly WasmSignature FourI32 = Of(4);

    /// <summary>So many i32 to an i32.</summary>
    private static WasmSignature Of(int parameters)
    {
        WasmType[] types = new WasmType[parameters];
        System.Array.Fill(types, WasmType.I32);
        return new WasmSignature(types, [WasmType.I32]);
    }
}
