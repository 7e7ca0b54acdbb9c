using System;

namespace Slungd.Workflows.Wasm.Execution;

/// <summary>Float operations where WebAssembly and .NET differ, or may: a NaN that comes out is always a quiet one, and
/// conversions never depend on the processor.</summary>
internal static class FloatMath
{
    private const double TwoTo63 = 9223372036854775808.0, TwoTo64 = 2 * TwoTo63;

    public static float Min(float a, float b) => float.IsNaN(a) || float.IsNaN(b) ? a + b : MathF.Min(a, b);

    public static float Max(float a, float b) => float.IsNaN(a) || float.IsNaN(b) ? a + b : MathF.Max(a, b);

    public static double Min(double a, double b) => double.IsNaN(a) || double.IsNaN(b) ? a + b : Math.Min(a, b);

    public static double Max(double a, double b) => double.IsNaN(a) || double.IsNaN(b) ? a + b : Math.Max(a, b);

    public static float Ceil(float a) => float.IsNaN(a) ? a + a : MathF.Ceiling(a);

    public static float Floor(float a) => float.IsNaN(a) ? a + a : MathF.Floor(a);

    public static float Trunc(float a) => float.IsNaN(a) ? a + a : MathF.Truncate(a);

    public static float Nearest(float a) => float.IsNaN(a) ? a + a : MathF.Round(a, MidpointRounding.ToEven);

    public static double Ceil(double a) => double.IsNaN(a) ? a + a : Math.Ceiling(a);

    public static double Floor(double a) => double.IsNaN(a) ? a + a : Math.Floor(a);

    public static double Trunc(double a) => double.IsNaN(a) ? a + a : Math.Truncate(a);

    public static double Nearest(double a) => double.IsNaN(a) ? a + a : Math.Round(a, MidpointRounding.ToEven);

    /// <summary>Rounded once: through double it would be rounded twice.</summary>
    public static float ToSingle(ulong a)
    {
        if ((long)a >= 0) return (long)a;
        // Half of it, with the bit that is lost kept for the rounding.
        return 2 * (float)(long)(a >> 1 | a & 1);
    }

    public static double ToDouble(ulong a) => (long)a >= 0 ? (long)a : 2 * (double)(long)(a >> 1 | a & 1);

    /// <summary>Whether a conversion to an integer traps, and how: None when it doesn't. A float is converted as the
    /// double that it equals.</summary>
    public static WasmTrapKind CheckI32(double a) => Check(a, a > -2147483649.0 && a < 2147483648.0);

    public static WasmTrapKind CheckU32(double a) => Check(a, a > -1.0 && a < 4294967296.0);

    public static WasmTrapKind CheckI64(double a) => Check(a, a >= -TwoTo63 && a < TwoTo63);

    public static WasmTrapKind CheckU64(double a) => Check(a, a > -1.0 && a < TwoTo64);

    private static WasmTrapKind Check(double a, bool inRange) => inRange ? WasmTrapKind.None
        : double.IsNaN(a) ? WasmTrapKind.InvalidConversion : WasmTrapKind.IntegerOverflow;

    public static int SaturateI32(double a) =>
        double.IsNaN(a) ? 0 : a <= int.MinValue ? int.MinValue : a >= int.MaxValue ? int.MaxValue : (int)a;

    public static uint SaturateU32(double a) => !(a > 0) ? 0 : a >= uint.MaxValue ? uint.MaxValue : (uint)a;

    public static long SaturateI64(double a) =>
        double.IsNaN(a) ? 0 : a < -TwoTo63 ? long.MinValue : a >= TwoTo63 ? long.MaxValue : (long)a;

    public static ulong SaturateU64(double a) => !(a > 0) ? 0 : a >= TwoTo64 ? ulong.MaxValue : (ulong)a;
}
