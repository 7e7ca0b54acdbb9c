using System.Runtime.Intrinsics;
using Slungd.Workflows.Wasm.Translation;

namespace Slungd.Workflows.Wasm.Execution;

/// <summary>Lanes of one width to lanes of another, and what else takes one vector of integers.</summary>
internal static class VectorWidening
{
    public static Vector128<byte> Combine(IrOp op, Vector128<byte> a, Vector128<byte> b) => op switch
    {
        IrOp.I8x16NarrowI16x8S => NarrowSigned(a.AsInt16(), b.AsInt16()).AsByte(),
        IrOp.I8x16NarrowI16x8U => NarrowUnsigned(a.AsInt16(), b.AsInt16()),
        IrOp.I16x8NarrowI32x4S => NarrowSigned(a.AsInt32(), b.AsInt32()).AsByte(),
        IrOp.I16x8NarrowI32x4U => NarrowUnsigned(a.AsInt32(), b.AsInt32()).AsByte(),
        IrOp.I16x8Q15mulrSatS => MultiplyQ15(a.AsInt16(), b.AsInt16()).AsByte(),
        IrOp.I32x4DotI16x8S => Dot(a.AsInt32(), b.AsInt32()).AsByte(),
        IrOp.I16x8ExtmulLowI8x16S => (Vector128.WidenLower(a.AsSByte()) * Vector128.WidenLower(b.AsSByte())).AsByte(),
        IrOp.I16x8ExtmulHighI8x16S => (Vector128.WidenUpper(a.AsSByte()) * Vector128.WidenUpper(b.AsSByte())).AsByte(),
        IrOp.I16x8ExtmulLowI8x16U => (Vector128.WidenLower(a) * Vector128.WidenLower(b)).AsByte(),
        IrOp.I16x8ExtmulHighI8x16U => (Vector128.WidenUpper(a) * Vector128.WidenUpper(b)).AsByte(),
        IrOp.I32x4ExtmulLowI16x8S => (Vector128.WidenLower(a.AsInt16()) * Vector128.WidenLower(b.AsInt16())).AsByte(),
        IrOp.I32x4ExtmulHighI16x8S => (Vector128.WidenUpper(a.AsInt16()) * Vector128.WidenUpper(b.AsInt16())).AsByte(),
        IrOp.I32x4ExtmulLowI16x8U => (Vector128.WidenLower(a.AsUInt16()) * Vector128.WidenLower(b.AsUInt16())).AsByte(),
        IrOp.I32x4ExtmulHighI16x8U =>
            (Vector128.WidenUpper(a.AsUInt16()) * Vector128.WidenUpper(b.AsUInt16())).AsByte(),
        IrOp.I64x2ExtmulLowI32x4S => (Vector128.WidenLower(a.AsInt32()) * Vector128.WidenLower(b.AsInt32())).AsByte(),
        IrOp.I64x2ExtmulHighI32x4S => (Vector128.WidenUpper(a.AsInt32()) * Vector128.WidenUpper(b.AsInt32())).AsByte(),
        IrOp.I64x2ExtmulLowI32x4U => (Vector128.WidenLower(a.AsUInt32()) * Vector128.WidenLower(b.AsUInt32())).AsByte(),
        _ => (Vector128.WidenUpper(a.AsUInt32()) * Vector128.WidenUpper(b.AsUInt32())).AsByte(),
    };

    public static Vector128<byte> Change(IrOp op, Vector128<byte> a) => op switch
    {
        IrOp.V128Not => ~a,
        IrOp.I8x16Abs => Absolute(a.AsSByte()).AsByte(),
        IrOp.I8x16Neg => (-a.AsSByte()).AsByte(),
        IrOp.I16x8Abs => Absolute(a.AsInt16()).AsByte(),
        IrOp.I16x8Neg => (-a.AsInt16()).AsByte(),
        IrOp.I32x4Abs => Absolute(a.AsInt32()).AsByte(),
        IrOp.I32x4Neg => (-a.AsInt32()).AsByte(),
        IrOp.I64x2Abs => Absolute(a.AsInt64()).AsByte(),
        IrOp.I64x2Neg => (-a.AsInt64()).AsByte(),
        IrOp.I8x16Popcnt => Popcount(a),
        IrOp.I16x8ExtendLowI8x16S => Vector128.WidenLower(a.AsSByte()).AsByte(),
        IrOp.I16x8ExtendHighI8x16S => Vector128.WidenUpper(a.AsSByte()).AsByte(),
        IrOp.I16x8ExtendLowI8x16U => Vector128.WidenLower(a).AsByte(),
        IrOp.I16x8ExtendHighI8x16U => Vector128.WidenUpper(a).AsByte(),
        IrOp.I32x4ExtendLowI16x8S => Vector128.WidenLower(a.AsInt16()).AsByte(),
        IrOp.I32x4ExtendHighI16x8S => Vector128.WidenUpper(a.AsInt16()).AsByte(),
        IrOp.I32x4ExtendLowI16x8U => Vector128.WidenLower(a.AsUInt16()).AsByte(),
        IrOp.I32x4ExtendHighI16x8U => Vector128.WidenUpper(a.AsUInt16()).AsByte(),
        IrOp.I64x2ExtendLowI32x4S => Vector128.WidenLower(a.AsInt32()).AsByte(),
        IrOp.I64x2ExtendHighI32x4S => Vector128.WidenUpper(a.AsInt32()).AsByte(),
        IrOp.I64x2ExtendLowI32x4U => Vector128.WidenLower(a.AsUInt32()).AsByte(),
        IrOp.I64x2ExtendHighI32x4U => Vector128.WidenUpper(a.AsUInt32()).AsByte(),
        IrOp.I16x8ExtaddPairwiseI8x16S => (((a.AsInt16() << 8) >> 8) + (a.AsInt16() >> 8)).AsByte(),
        IrOp.I16x8ExtaddPairwiseI8x16U =>
            ((a.AsUInt16() & Vector128.Create((ushort)0xFF)) + (a.AsUInt16() >> 8)).AsByte(),
        IrOp.I32x4ExtaddPairwiseI16x8S => (((a.AsInt32() << 16) >> 16) + (a.AsInt32() >> 16)).AsByte(),
        _ => ((a.AsUInt32() & Vector128.Create(0xFFFFu)) + (a.AsUInt32() >> 16)).AsByte(),
    };

    private static Vector128<sbyte> NarrowSigned(Vector128<short> a, Vector128<short> b) =>
        Vector128.Narrow(Clamp(a, sbyte.MinValue, sbyte.MaxValue), Clamp(b, sbyte.MinValue, sbyte.MaxValue));

    private static Vector128<byte> NarrowUnsigned(Vector128<short> a, Vector128<short> b) => Vector128.Narrow(
        Clamp(a, byte.MinValue, byte.MaxValue).AsUInt16(), Clamp(b, byte.MinValue, byte.MaxValue).AsUInt16());

    private static Vector128<short> NarrowSigned(Vector128<int> a, Vector128<int> b) =>
        Vector128.Narrow(Clamp(a, short.MinValue, short.MaxValue), Clamp(b, short.MinValue, short.MaxValue));

    private static Vector128<ushort> NarrowUnsigned(Vector128<int> a, Vector128<int> b) => Vector128.Narrow(
        Clamp(a, ushort.MinValue, ushort.MaxValue).AsUInt32(), Clamp(b, ushort.MinValue, ushort.MaxValue).AsUInt32());

    private static Vector128<short> Clamp(Vector128<short> a, short min, short max) =>
        Vector128.Min(Vector128.Max(a, Vector128.Create(min)), Vector128.Create(max));

    private static Vector128<int> Clamp(Vector128<int> a, int min, int max) =>
        Vector128.Min(Vector128.Max(a, Vector128.Create(min)), Vector128.Create(max));

    // (a * b + 2^14) / 2^15 in 32 bits; only -1 times -1 is out of range.
    private static Vector128<short> MultiplyQ15(Vector128<short> a, Vector128<short> b)
    {
        Vector128<int> round = Vector128.Create(0x4000);
        Vector128<int> low = (Vector128.WidenLower(a) * Vector128.WidenLower(b) + round) >> 15;
        Vector128<int> high = (Vector128.WidenUpper(a) * Vector128.WidenUpper(b) + round) >> 15;
        return NarrowSigned(low, high);
    }

    // Each lane of 32 bits holds two of 16: the sum of both products, modulo 2^32.
    private static Vector128<int> Dot(Vector128<int> a, Vector128<int> b) =>
        ((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16);

    private static Vector128<sbyte> Absolute(Vector128<sbyte> a) => Vector128.Max(a, -a);

    private static Vector128<short> Absolute(Vector128<short> a) => Vector128.Max(a, -a);

    private static Vector128<int> Absolute(Vector128<int> a) => Vector128.Max(a, -a);

    private static Vector128<long> Absolute(Vector128<long> a) =>
        Vector128.ConditionalSelect(Vector128.LessThan(a, Vector128<long>.Zero), -a, a);

    // Sums of neighbouring bits, then of pairs, then of nibbles.
    private static Vector128<byte> Popcount(Vector128<byte> a)
    {
        Vector128<byte> pairs = Vector128.Create((byte)0x55), nibbles = Vector128.Create((byte)0x33);
        a -= (a >>> 1) & pairs;
        a = (a & nibbles) + ((a >>> 2) & nibbles);
        return (a + (a >>> 4)) & Vector128.Create((byte)0x0F);
    }
}
