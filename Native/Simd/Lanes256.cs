using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Slungd.Native.Simd;

/// <summary>Four lanes of AVX2, whose VMINPD and VMAXPD give the second operand when one is NaN.</summary>
internal readonly struct Lanes256 : ILanes<Vector256<double>, Vector256<long>>
{
    public static string Name => "256";

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Load(ref double first, nuint offset) => Vector256.LoadUnsafe(ref first, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<double> vector, ref double first, nuint offset) =>
        vector.StoreUnsafe(ref first, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> All(double value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Add(Vector256<double> a, Vector256<double> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Subtract(Vector256<double> a, Vector256<double> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Min(Vector256<double> value, Vector256<double> best) =>
        Avx.Min(value, best);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Max(Vector256<double> value, Vector256<double> best) =>
        Avx.Max(value, best);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> ClearWhere(Vector256<double> vector, Vector256<long> mask) =>
        Vector256.AndNot(vector, mask.AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> ReplaceWhere(Vector256<double> vector, Vector256<long> mask,
        Vector256<double> other) =>
        Vector256.ConditionalSelect(mask.AsDouble(), other, vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Multiply(Vector256<double> a, Vector256<double> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> DivideByPowerOfTen(Vector256<double> dividend, Vector256<double> divisor,
        Vector256<double> reciprocal, Vector256<double> rest) =>
        Fma.IsSupported
            ? Vector256.FusedMultiplyAdd(dividend, reciprocal, dividend * rest)
            : dividend / divisor;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> IsBelow(Vector256<double> value, double bound) =>
        Vector256.LessThan(Vector256.Abs(value), Vector256.Create(bound)).AsInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> AsDouble(Vector256<long> vector) => vector.AsDouble();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> AsLong(Vector256<double> vector) => vector.AsInt64();

    public static double Lane(Vector256<double> vector, int lane) => vector.GetElement(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> Load(ref long first, nuint offset) => Vector256.LoadUnsafe(ref first, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<long> vector, ref long first, nuint offset) =>
        vector.StoreUnsafe(ref first, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> All(long value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> Ramp(long start, long step) =>
        Vector256.Create(start, start + step, start + 2 * step, start + 3 * step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> Add(Vector256<long> a, Vector256<long> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> Subtract(Vector256<long> a, Vector256<long> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> And(Vector256<long> a, Vector256<long> b) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> Or(Vector256<long> a, Vector256<long> b) => a | b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> Xor(Vector256<long> a, Vector256<long> b) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> PrefixSum(Vector256<long> vector)
    {
        Vector256<long> pairs = vector + Avx2.ShiftLeftLogical128BitLane(vector, sizeof(long));
        // The lower pair's sum goes to both of the upper pair.
        Vector256<int> lower = Avx2.Permute4x64(pairs, 0b01_01_01_01).AsInt32();
        return pairs + Avx2.Blend(Vector256<int>.Zero, lower, 0xf0).AsInt64();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> LastToAll(Vector256<long> vector) => Avx2.Permute4x64(vector, 0b11_11_11_11);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> OddHalves(Vector256<long> even, Vector256<long> odd) =>
        Avx2.Blend(even.AsInt32(), odd.AsInt32(), 0b1010_1010).AsInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> OddQuarters(Vector256<long> even, Vector256<long> odd) =>
        Avx2.Blend(even.AsInt16(), odd.AsInt16(), 0b1010_1010).AsInt64();

    /// <inheritdoc/>
    /// <remarks>A byte of ones in the order of a shuffle makes a zero.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> Quarter(Vector256<long> vector, int index) => index switch
    {
        0 => vector & Vector256.Create(0xffffL),
        1 => Avx2.Shuffle(vector.AsByte(), Vector256.Create(Vector128.Create(~0xfcfdL, ~0xf4f5L)).AsByte()).AsInt64(),
        2 => Avx2.Shuffle(vector.AsByte(), Vector256.Create(Vector128.Create(~0xfafbL, ~0xf2f3L)).AsByte()).AsInt64(),
        _ => vector >>> 48,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> ShiftLeft(Vector256<long> vector, int count) => vector << count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> ShiftRight(Vector256<long> vector, int count) => vector >>> count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> UpperHalf(ref int table, Vector256<long> indexes) =>
        Avx2.PermuteVar8x32(Vector256.LoadUnsafe(ref table), indexes.AsInt32()).AsInt64() << 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> Equals(Vector256<long> a, Vector256<long> b) => Vector256.Equals(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> GreaterThan(Vector256<long> a, Vector256<long> b) => Vector256.GreaterThan(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> Min(Vector256<long> a, Vector256<long> b) => Vector256.Min(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> Max(Vector256<long> a, Vector256<long> b) => Vector256.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsZero(Vector256<long> vector) => vector == Vector256<long>.Zero;

    public static long Lane(Vector256<long> vector, int lane) => vector.GetElement(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> FromSigned(Vector256<long> vector) => Vector256.ConvertToDouble(vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> FromUnsigned(Vector256<long> vector) =>
        Vector256.ConvertToDouble(vector.AsUInt64());
}
