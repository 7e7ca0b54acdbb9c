using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Slungd.Native.Simd;

/// <summary>Eight lanes of AVX-512, whose VMINPD and VMAXPD give the second operand when one is NaN.</summary>
internal readonly struct Lanes512 : ILanes<Vector512<double>, Vector512<long>>
{
    public static string Name => "512";

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Load(ref double first, nuint offset) => Vector512.LoadUnsafe(ref first, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<double> vector, ref double first, nuint offset) =>
        vector.StoreUnsafe(ref first, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> All(double value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Add(Vector512<double> a, Vector512<double> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Subtract(Vector512<double> a, Vector512<double> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Min(Vector512<double> value, Vector512<double> best) =>
        Avx512F.Min(value, best);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Max(Vector512<double> value, Vector512<double> best) =>
        Avx512F.Max(value, best);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> ClearWhere(Vector512<double> vector, Vector512<long> mask) =>
        Vector512.AndNot(vector, mask.AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> ReplaceWhere(Vector512<double> vector, Vector512<long> mask,
        Vector512<double> other) =>
        Vector512.ConditionalSelect(mask.AsDouble(), other, vector);

    public static double Lane(Vector512<double> vector, int lane) => vector.GetElement(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Load(ref long first, nuint offset) => Vector512.LoadUnsafe(ref first, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<long> vector, ref long first, nuint offset) =>
        vector.StoreUnsafe(ref first, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> All(long value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Add(Vector512<long> a, Vector512<long> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Subtract(Vector512<long> a, Vector512<long> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Or(Vector512<long> a, Vector512<long> b) => a | b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Xor(Vector512<long> a, Vector512<long> b) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> GreaterThan(Vector512<long> a, Vector512<long> b) => Vector512.GreaterThan(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Min(Vector512<long> a, Vector512<long> b) => Vector512.Min(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Max(Vector512<long> a, Vector512<long> b) => Vector512.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsZero(Vector512<long> vector) => vector == Vector512<long>.Zero;

    public static long Lane(Vector512<long> vector, int lane) => vector.GetElement(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> FromSigned(Vector512<long> vector) => Vector512.ConvertToDouble(vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> FromUnsigned(Vector512<long> vector) =>
        Vector512.ConvertToDouble(vector.AsUInt64());
}
