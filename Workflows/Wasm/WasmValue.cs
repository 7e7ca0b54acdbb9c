using System;

namespace Slungd.Workflows.Wasm;

/// <summary>A typed value: an argument, a result, a global's content. Floats are kept as bits, so that a NaN's payload
/// survives.</summary>
/// <param name="Type">The value's type.</param>
/// <param name="Low">The bits; of a V128 the low half. A reference is 0 when null, else opaque.</param>
/// <param name="High">The high half of a V128.</param>
internal readonly record struct WasmValue(WasmType Type, ulong Low, ulong High = 0)
{
    public int I32 => (int)Low;

    public long I64 => (long)Low;

    public float F32 => BitConverter.UInt32BitsToSingle((uint)Low);

    public double F64 => BitConverter.UInt64BitsToDouble(Low);

    public bool IsNull => Type.IsReference && Low == 0;

    public static WasmValue FromI32(int value) => new(WasmType.I32, (uint)value);

    public static WasmValue FromI64(long value) => new(WasmType.I64, (ulong)value);

    public static WasmValue FromF32(float value) => new(WasmType.F32, BitConverter.SingleToUInt32Bits(value));

    public static WasmValue FromF64(double value) => new(WasmType.F64, BitConverter.DoubleToUInt64Bits(value));

    /// <summary>A host's own number as a reference; 0 is null.</summary>
    public static WasmValue FromExtern(ulong value) => new(WasmType.ExternRef, value);

    public static WasmValue Null(WasmType type) => new(type, 0);
}
