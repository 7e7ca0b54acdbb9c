using System;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>The NaN that says that a series has ended.</summary>
internal static class StaleMarker
{
    public const ulong Bits = 0x7ff0000000000002;

    public static readonly double Value = BitConverter.UInt64BitsToDouble(Bits);

    public static bool Is(double value) => BitConverter.DoubleToUInt64Bits(value) == Bits;
}
