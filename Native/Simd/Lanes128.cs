using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Slungd.Native.Simd;

/// <summary>Two lanes, on any CPU with 128-bit vectors.</summary>
internal readonly struct Lanes128 : ILanes<Vector128<double>, Vector128<long>>
{
    public static string Name => "128";

    public static int Count => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Load(ref double first, nuint offset) => Vector128.LoadUnsafe(ref first, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<double> vector, ref double first, nuint offset) =>
        vector.StoreUnsafe(ref first, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> All(double value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Add(Vector128<double> a, Vector128<double> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Subtract(Vector128<double> a, Vector128<double> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Min(Vector128<double> value, Vector128<double> best) =>
        Vector128.ConditionalSelect(Vector128.LessThan(value, best), value, best);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Max(Vector128<double> value, Vector128<double> best) =>
        Vector128.ConditionalSelect(Vector128.GreaterThan(value, best), value, best);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> ClearWhere(Vector128<double> vector, Vector128<long> mask) =>
        Vector128.AndNot(vector, mask.AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> ReplaceWhere(Vector128<double> vector, Vector128<long> mask,
        Vector128<double> other) =>
        Vector128.ConditionalSelect(mask.AsDouble(), other, vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Multiply(Vector128<double> a, Vector128<double> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> DivideByPowerOfTen(Vector128<double> dividend, Vector128<double> divisor,
        Vector128<double> reciprocal, Vector128<double> rest) =>
        Fma.IsSupported
            ? Vector128.FusedMultiplyAdd(dividend, reciprocal, dividend * rest)
            : dividend / divisor;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> IsBelow(Vector128<double> value, double bound) =>
        Vector128.LessThan(Vector128.Abs(value), Vector128.Create(bound)).AsInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> AsDouble(Vector128<long> vector) => vector.AsDouble();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> AsLong(Vector128<double> vector) => vector.AsInt64();

    public static double Lane(Vector128<double> vector, int lane) => vector.GetElement(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> Load(ref long first, nuint offset) => Vector128.LoadUnsafe(ref first, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<long> vector, ref long first, nuint offset) =>
        vector.StoreUnsafe(ref first, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> All(long value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> Ramp(long start, long step) =>
        Vector128.Create(start, start + step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> Add(Vector128<long> a, Vector128<long> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> Subtract(Vector128<long> a, Vector128<long> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> And(Vector128<long> a, Vector128<long> b) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> Or(Vector128<long> a, Vector128<long> b) => a | b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> Xor(Vector128<long> a, Vector128<long> b) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> PrefixSum(Vector128<long> vector) =>
        vector + (Sse2.IsSupported
            ? Sse2.ShiftLeftLogical128BitLane(vector, sizeof(long))
            : Vector128.Create(Vector64<long>.Zero, vector.GetLower()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> LastToAll(Vector128<long> vector) =>
        Vector128.Shuffle(vector, Vector128.Create(1L, 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> OddHalves(Vector128<long> even, Vector128<long> odd) =>
        Vector128.ConditionalSelect(Vector128.Create(0xffff_ffffL), even, odd);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> OddQuarters(Vector128<long> even, Vector128<long> odd) =>
        Vector128.ConditionalSelect(Vector128.Create(0xffff_0000_ffffL), even, odd);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> Quarter(Vector128<long> vector, int index) =>
        vector >>> 16 * index & Vector128.Create(0xffffL);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> ShiftLeft(Vector128<long> vector, int count) => vector << count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> ShiftRight(Vector128<long> vector, int count) => vector >>> count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> UpperHalf(ref int table, Vector128<long> indexes) =>
        Vector128.Create((long)Unsafe.Add(ref table, (int)indexes.ToScalar() & 7),
            Unsafe.Add(ref table, (int)indexes.GetElement(1) & 7)) << 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> Equals(Vector128<long> a, Vector128<long> b) => Vector128.Equals(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> GreaterThan(Vector128<long> a, Vector128<long> b) => Vector128.GreaterThan(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> Min(Vector128<long> a, Vector128<long> b) => Vector128.Min(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> Max(Vector128<long> a, Vector128<long> b) => Vector128.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsZero(Vector128<long> vector) => vector == Vector128<long>.Zero;

    public static long Lane(Vector128<long> vector, int lane) => vector.GetElement(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> FromSigned(Vector128<long> vector) => Vector128.ConvertToDouble(vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> FromUnsigned(Vector128<long> vector) =>
        Vector128.ConvertToDouble(vector.AsUInt64());
}
