using System.Runtime.Intrinsics;
using Slungd.Workflows.Wasm.Translation;

namespace Slungd.Workflows.Wasm.Execution;

/// <summary>Integer lanes: arithmetic of two vectors, and bits.</summary>
internal static class VectorIntegers
{
    public static Vector128<byte> Combine(IrOp op, Vector128<byte> a, Vector128<byte> b) => op switch
    {
        IrOp.I8x16Swizzle => Vector128.Shuffle(a, b),
        IrOp.V128And => a & b,
        IrOp.V128Andnot => a & ~b,
        IrOp.V128Or => a | b,
        IrOp.V128Xor => a ^ b,
        IrOp.I8x16Add => a + b,
        IrOp.I8x16AddSatS => AddSaturated(a.AsSByte(), b.AsSByte()).AsByte(),
        IrOp.I8x16AddSatU => AddSaturated(a, b),
        IrOp.I8x16Sub => a - b,
        IrOp.I8x16SubSatS => SubtractSaturated(a.AsSByte(), b.AsSByte()).AsByte(),
        IrOp.I8x16SubSatU => Vector128.Max(a, b) - b,
        IrOp.I8x16MinS => Vector128.Min(a.AsSByte(), b.AsSByte()).AsByte(),
        IrOp.I8x16MinU => Vector128.Min(a, b),
        IrOp.I8x16MaxS => Vector128.Max(a.AsSByte(), b.AsSByte()).AsByte(),
        IrOp.I8x16MaxU => Vector128.Max(a, b),
        IrOp.I8x16AvgrU => Average(a, b),
        IrOp.I16x8Add => (a.AsUInt16() + b.AsUInt16()).AsByte(),
        IrOp.I16x8AddSatS => AddSaturated(a.AsInt16(), b.AsInt16()).AsByte(),
        IrOp.I16x8AddSatU => AddSaturated(a.AsUInt16(), b.AsUInt16()).AsByte(),
        IrOp.I16x8Sub => (a.AsUInt16() - b.AsUInt16()).AsByte(),
        IrOp.I16x8SubSatS => SubtractSaturated(a.AsInt16(), b.AsInt16()).AsByte(),
        IrOp.I16x8SubSatU => (Vector128.Max(a.AsUInt16(), b.AsUInt16()) - b.AsUInt16()).AsByte(),
        IrOp.I16x8Mul => (a.AsUInt16() * b.AsUInt16()).AsByte(),
        IrOp.I16x8MinS => Vector128.Min(a.AsInt16(), b.AsInt16()).AsByte(),
        IrOp.I16x8MinU => Vector128.Min(a.AsUInt16(), b.AsUInt16()).AsByte(),
        IrOp.I16x8MaxS => Vector128.Max(a.AsInt16(), b.AsInt16()).AsByte(),
        IrOp.I16x8MaxU => Vector128.Max(a.AsUInt16(), b.AsUInt16()).AsByte(),
        IrOp.I16x8AvgrU => Average(a.AsUInt16(), b.AsUInt16()).AsByte(),
        IrOp.I32x4Add => (a.AsUInt32() + b.AsUInt32()).AsByte(),
        IrOp.I32x4Sub => (a.AsUInt32() - b.AsUInt32()).AsByte(),
        IrOp.I32x4Mul => (a.AsUInt32() * b.AsUInt32()).AsByte(),
        IrOp.I32x4MinS => Vector128.Min(a.AsInt32(), b.AsInt32()).AsByte(),
        IrOp.I32x4MinU => Vector128.Min(a.AsUInt32(), b.AsUInt32()).AsByte(),
        IrOp.I32x4MaxS => Vector128.Max(a.AsInt32(), b.AsInt32()).AsByte(),
        IrOp.I32x4MaxU => Vector128.Max(a.AsUInt32(), b.AsUInt32()).AsByte(),
        IrOp.I64x2Add => (a.AsUInt64() + b.AsUInt64()).AsByte(),
        IrOp.I64x2Sub => (a.AsUInt64() - b.AsUInt64()).AsByte(),
        _ => (a.AsUInt64() * b.AsUInt64()).AsByte(),
    };

    /// <param name="op">The operation.</param>
    /// <param name="a">The lanes.</param>
    /// <param name="count">Taken modulo the width of a lane.</param>
    public static Vector128<byte> Shift(IrOp op, Vector128<byte> a, int count) => op switch
    {
        IrOp.I8x16Shl => (a << (count & 7)),
        IrOp.I8x16ShrS => (a.AsSByte() >> (count & 7)).AsByte(),
        IrOp.I8x16ShrU => (a >>> (count & 7)),
        IrOp.I16x8Shl => (a.AsUInt16() << (count & 15)).AsByte(),
        IrOp.I16x8ShrS => (a.AsInt16() >> (count & 15)).AsByte(),
        IrOp.I16x8ShrU => (a.AsUInt16() >>> (count & 15)).AsByte(),
        IrOp.I32x4Shl => (a.AsUInt32() << (count & 31)).AsByte(),
        IrOp.I32x4ShrS => (a.AsInt32() >> (count & 31)).AsByte(),
        IrOp.I32x4ShrU => (a.AsUInt32() >>> (count & 31)).AsByte(),
        IrOp.I64x2Shl => (a.AsUInt64() << (count & 63)).AsByte(),
        IrOp.I64x2ShrS => (a.AsInt64() >> (count & 63)).AsByte(),
        _ => (a.AsUInt64() >>> (count & 63)).AsByte(),
    };

    public static uint Test(IrOp op, Vector128<byte> a) => op switch
    {
        IrOp.V128AnyTrue => a != Vector128<byte>.Zero ? 1u : 0,
        IrOp.I8x16AllTrue => Vector128.EqualsAny(a, Vector128<byte>.Zero) ? 0 : 1u,
        IrOp.I8x16Bitmask => a.ExtractMostSignificantBits(),
        IrOp.I16x8AllTrue => Vector128.EqualsAny(a.AsUInt16(), Vector128<ushort>.Zero) ? 0 : 1u,
        IrOp.I16x8Bitmask => a.AsUInt16().ExtractMostSignificantBits(),
        IrOp.I32x4AllTrue => Vector128.EqualsAny(a.AsUInt32(), Vector128<uint>.Zero) ? 0 : 1u,
        IrOp.I32x4Bitmask => a.AsUInt32().ExtractMostSignificantBits(),
        IrOp.I64x2AllTrue => Vector128.EqualsAny(a.AsUInt64(), Vector128<ulong>.Zero) ? 0 : 1u,
        _ => a.AsUInt64().ExtractMostSignificantBits(),
    };

    public static Vector128<byte> Splat(IrOp op, ulong bits) => op switch
    {
        IrOp.I8x16Splat => Vector128.Create((byte)bits),
        IrOp.I16x8Splat => Vector128.Create((ushort)bits).AsByte(),
        IrOp.I32x4Splat => Vector128.Create((uint)bits).AsByte(),
        _ => Vector128.Create(bits).AsByte(),
    };

    private static Vector128<byte> AddSaturated(Vector128<byte> a, Vector128<byte> b)
    {
        Vector128<byte> sum = a + b;
        return sum | Vector128.LessThan(sum, a);
    }

    private static Vector128<ushort> AddSaturated(Vector128<ushort> a, Vector128<ushort> b)
    {
        Vector128<ushort> sum = a + b;
        return sum | Vector128.LessThan(sum, a);
    }

    // A signed sum has overflowed when its sign is neither operand's; it then stops at the end that a's sign names.
    private static Vector128<sbyte> AddSaturated(Vector128<sbyte> a, Vector128<sbyte> b)
    {
        Vector128<sbyte> sum = a + b, overflow = (a ^ sum) & (b ^ sum);
        return Vector128.ConditionalSelect(Negative(overflow), Negative(a) ^ Vector128.Create(sbyte.MaxValue), sum);
    }

    private static Vector128<short> AddSaturated(Vector128<short> a, Vector128<short> b)
    {
        Vector128<short> sum = a + b, overflow = (a ^ sum) & (b ^ sum);
        return Vector128.ConditionalSelect(Negative(overflow), Negative(a) ^ Vector128.Create(short.MaxValue), sum);
    }

    private static Vector128<sbyte> SubtractSaturated(Vector128<sbyte> a, Vector128<sbyte> b)
    {
        Vector128<sbyte> rest = a - b, overflow = (a ^ b) & (a ^ rest);
        return Vector128.ConditionalSelect(Negative(overflow), Negative(a) ^ Vector128.Create(sbyte.MaxValue), rest);
    }

    private static Vector128<short> SubtractSaturated(Vector128<short> a, Vector128<short> b)
    {
        Vector128<short> rest = a - b, overflow = (a ^ b) & (a ^ rest);
        return Vector128.ConditionalSelect(Negative(overflow), Negative(a) ^ Vector128.Create(short.MaxValue), rest);
    }

    private static Vector128<sbyte> Negative(Vector128<sbyte> a) => Vector128.LessThan(a, Vector128<sbyte>.Zero);

    private static Vector128<short> Negative(Vector128<short> a) => Vector128.LessThan(a, Vector128<short>.Zero);

    // (a + b + 1) / 2 without a wider type.
    private static Vector128<byte> Average(Vector128<byte> a, Vector128<byte> b) => (a | b) - ((a ^ b) >>> 1);

    private static Vector128<ushort> Average(Vector128<ushort> a, Vector128<ushort> b) => (a | b) - ((a ^ b) >>> 1);
}
