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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Multiply(Vector512<double> a, Vector512<double> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> DivideByPowerOfTen(Vector512<double> dividend, Vector512<double> divisor,
        Vector512<double> reciprocal, Vector512<double> rest) =>
        Vector512.FusedMultiplyAdd(dividend, reciprocal, dividend * rest);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> IsBelow(Vector512<double> value, double bound) =>
        Vector512.LessThan(Vector512.Abs(value), Vector512.Create(bound)).AsInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> AsDouble(Vector512<long> vector) => vector.AsDouble();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> AsLong(Vector512<double> vector) => vector.AsInt64();

    public static double Lane(Vector512<double> vector, int lane) => vector.GetElement(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Load(ref long first, nuint offset) => Vector512.LoadUnsafe(ref first, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<long> vector, ref long first, nuint offset) =>
        vector.StoreUnsafe(ref first, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> All(long value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Ramp(long start, long step) =>
        Vector512.Create(start, start + step, start + 2 * step, start + 3 * step, start + 4 * step,
            start + 5 * step, start + 6 * step, start + 7 * step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Add(Vector512<long> a, Vector512<long> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Subtract(Vector512<long> a, Vector512<long> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> And(Vector512<long> a, Vector512<long> b) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Or(Vector512<long> a, Vector512<long> b) => a | b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Xor(Vector512<long> a, Vector512<long> b) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> PrefixSum(Vector512<long> vector)
    {
        vector += Avx512F.AlignRight64(vector, Vector512<long>.Zero, 7);
        vector += Avx512F.AlignRight64(vector, Vector512<long>.Zero, 6);
        return vector + Avx512F.AlignRight64(vector, Vector512<long>.Zero, 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> LastToAll(Vector512<long> vector) =>
        Avx512F.PermuteVar8x64(vector, Vector512.Create(7L));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> OddHalves(Vector512<long> even, Vector512<long> odd) =>
        Vector512.ConditionalSelect(Vector512.Create(0xffff_ffffL), even, odd);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> OddQuarters(Vector512<long> even, Vector512<long> odd) =>
        Vector512.ConditionalSelect(Vector512.Create(0xffff_0000_ffffL), even, odd);

    /// <inheritdoc/>
    /// <remarks>A byte of ones in the order of a shuffle makes a zero.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Quarter(Vector512<long> vector, int index) => index switch
    {
        0 => vector & Vector512.Create(0xffffL),
        1 => Avx512BW.Shuffle(vector.AsByte(), Vector512.Create(Vector128.Create(~0xfcfdL, ~0xf4f5L)).AsByte())
            .AsInt64(),
        2 => Avx512BW.Shuffle(vector.AsByte(), Vector512.Create(Vector128.Create(~0xfafbL, ~0xf2f3L)).AsByte())
            .AsInt64(),
        _ => vector >>> 48,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> ShiftLeft(Vector512<long> vector, int count) => vector << count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> ShiftRight(Vector512<long> vector, int count) => vector >>> count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> UpperHalf(ref int table, Vector512<long> indexes)
    {
        Vector256<int> entries = Vector256.LoadUnsafe(ref table); // twice, since four bits of an index count
        return Avx512F.PermuteVar16x32(Vector512.Create(entries, entries), indexes.AsInt32()).AsInt64() << 32;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Equals(Vector512<long> a, Vector512<long> b) => Vector512.Equals(a, b);

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
