using System;
using System.Runtime.Intrinsics;
using Slungd.Workflows.Wasm.Translation;

namespace Slungd.Workflows.Wasm.Execution;

/// <summary>Float lanes. Where .NET leaves a NaN's bits or the sign of zero open, lanes are computed as the scalar
/// instructions do.</summary>
internal static class VectorFloats
{
    public static Vector128<byte> Combine(IrOp op, Vector128<byte> a, Vector128<byte> b) => op switch
    {
        IrOp.F32x4Add => (a.AsSingle() + b.AsSingle()).AsByte(),
        IrOp.F32x4Sub => (a.AsSingle() - b.AsSingle()).AsByte(),
        IrOp.F32x4Mul => (a.AsSingle() * b.AsSingle()).AsByte(),
        IrOp.F32x4Div => (a.AsSingle() / b.AsSingle()).AsByte(),
        IrOp.F32x4Min => Min(a.AsSingle(), b.AsSingle()).AsByte(),
        IrOp.F32x4Max => Max(a.AsSingle(), b.AsSingle()).AsByte(),
        IrOp.F32x4Pmin => Vector128.ConditionalSelect(Vector128.LessThan(b.AsSingle(), a.AsSingle()).AsByte(), b, a),
        IrOp.F32x4Pmax => Vector128.ConditionalSelect(Vector128.LessThan(a.AsSingle(), b.AsSingle()).AsByte(), b, a),
        IrOp.F64x2Add => (a.AsDouble() + b.AsDouble()).AsByte(),
        IrOp.F64x2Sub => (a.AsDouble() - b.AsDouble()).AsByte(),
        IrOp.F64x2Mul => (a.AsDouble() * b.AsDouble()).AsByte(),
        IrOp.F64x2Div => (a.AsDouble() / b.AsDouble()).AsByte(),
        IrOp.F64x2Min => Min(a.AsDouble(), b.AsDouble()).AsByte(),
        IrOp.F64x2Max => Max(a.AsDouble(), b.AsDouble()).AsByte(),
        IrOp.F64x2Pmin => Vector128.ConditionalSelect(Vector128.LessThan(b.AsDouble(), a.AsDouble()).AsByte(), b, a),
        _ => Vector128.ConditionalSelect(Vector128.LessThan(a.AsDouble(), b.AsDouble()).AsByte(), b, a),
    };

    public static Vector128<byte> Change(IrOp op, Vector128<byte> a) => op switch
    {
        IrOp.F32x4Ceil => Vector128.Ceiling(a.AsSingle()).AsByte(),
        IrOp.F32x4Floor => Vector128.Floor(a.AsSingle()).AsByte(),
        IrOp.F32x4Trunc => Vector128.Truncate(a.AsSingle()).AsByte(),
        IrOp.F32x4Nearest => Vector128.Round(a.AsSingle(), MidpointRounding.ToEven).AsByte(),
        IrOp.F32x4Abs => a & ~Vector128.Create(0x80000000u).AsByte(),
        IrOp.F32x4Neg => a ^ Vector128.Create(0x80000000u).AsByte(),
        IrOp.F32x4Sqrt => Vector128.Sqrt(a.AsSingle()).AsByte(),
        IrOp.F64x2Ceil => Vector128.Ceiling(a.AsDouble()).AsByte(),
        IrOp.F64x2Floor => Vector128.Floor(a.AsDouble()).AsByte(),
        IrOp.F64x2Trunc => Vector128.Truncate(a.AsDouble()).AsByte(),
        IrOp.F64x2Nearest => Vector128.Round(a.AsDouble(), MidpointRounding.ToEven).AsByte(),
        IrOp.F64x2Abs => a & ~Vector128.Create(1UL << 63).AsByte(),
        IrOp.F64x2Neg => a ^ Vector128.Create(1UL << 63).AsByte(),
        IrOp.F64x2Sqrt => Vector128.Sqrt(a.AsDouble()).AsByte(),
        IrOp.F32x4DemoteF64x2Zero => Demote(a.AsDouble()).AsByte(),
        IrOp.F64x2PromoteLowF32x4 => Promote(a.AsSingle()).AsByte(),
        IrOp.I32x4TruncSatF32x4S => TruncateSigned(a.AsSingle()).AsByte(),
        IrOp.I32x4TruncSatF32x4U => TruncateUnsigned(a.AsSingle()).AsByte(),
        IrOp.F32x4ConvertI32x4S => Vector128.ConvertToSingle(a.AsInt32()).AsByte(),
        IrOp.F32x4ConvertI32x4U => FromUnsigned(a.AsUInt32()).AsByte(),
        IrOp.I32x4TruncSatF64x2SZero => TruncateSigned(a.AsDouble()).AsByte(),
        IrOp.I32x4TruncSatF64x2UZero => TruncateUnsigned(a.AsDouble()).AsByte(),
        IrOp.F64x2ConvertLowI32x4S => Vector128.Create((double)a.AsInt32()[0], a.AsInt32()[1]).AsByte(),
        _ => Vector128.Create((double)a.AsUInt32()[0], a.AsUInt32()[1]).AsByte(),
    };

    private static Vector128<float> Min(Vector128<float> a, Vector128<float> b) => Vector128.Create(
        FloatMath.Min(a[0], b[0]), FloatMath.Min(a[1], b[1]), FloatMath.Min(a[2], b[2]), FloatMath.Min(a[3], b[3]));

    private static Vector128<float> Max(Vector128<float> a, Vector128<float> b) => Vector128.Create(
        FloatMath.Max(a[0], b[0]), FloatMath.Max(a[1], b[1]), FloatMath.Max(a[2], b[2]), FloatMath.Max(a[3], b[3]));

    private static Vector128<double> Min(Vector128<double> a, Vector128<double> b) =>
        Vector128.Create(FloatMath.Min(a[0], b[0]), FloatMath.Min(a[1], b[1]));

    private static Vector128<double> Max(Vector128<double> a, Vector128<double> b) =>
        Vector128.Create(FloatMath.Max(a[0], b[0]), FloatMath.Max(a[1], b[1]));

    private static Vector128<float> Demote(Vector128<double> a) => Vector128.Create((float)a[0], (float)a[1], 0, 0);

    private static Vector128<double> Promote(Vector128<float> a) => Vector128.Create((double)a[0], a[1]);

    private static Vector128<int> TruncateSigned(Vector128<float> a) => Vector128.Create(
        FloatMath.SaturateI32(a[0]), FloatMath.SaturateI32(a[1]), FloatMath.SaturateI32(a[2]),
        FloatMath.SaturateI32(a[3]));

    private static Vector128<uint> TruncateUnsigned(Vector128<float> a) => Vector128.Create(
        FloatMath.SaturateU32(a[0]), FloatMath.SaturateU32(a[1]), FloatMath.SaturateU32(a[2]),
        FloatMath.SaturateU32(a[3]));

    private static Vector128<int> TruncateSigned(Vector128<double> a) =>
        Vector128.Create(FloatMath.SaturateI32(a[0]), FloatMath.SaturateI32(a[1]), 0, 0);

    private static Vector128<uint> TruncateUnsigned(Vector128<double> a) =>
        Vector128.Create(FloatMath.SaturateU32(a[0]), FloatMath.SaturateU32(a[1]), 0, 0);

    private static Vector128<float> FromUnsigned(Vector128<uint> a) =>
        Vector128.Create((float)(long)a[0], (long)a[1], (long)a[2], (long)a[3]);
}
