namespace Slungd.Engine.Model;

/// <summary>What a series holds. The first write fixes it; the numbers are on disk and never change.</summary>
internal enum ValueFamily : byte
{
    /// <summary>Not yet fixed: the series exists but holds no point.</summary>
    None = 0,
    /// <summary>f64; the 64 value bits are the IEEE 754 bits.</summary>
    Float = 1,
    /// <summary>i64, two's complement.</summary>
    Int = 2,
    /// <summary>u64.</summary>
    UInt = 3,
    /// <summary>0 or 1.</summary>
    Bool = 4,
    /// <summary>Opaque bytes; the 64 value bits locate them in a payload, see <see cref="PayloadRef"/>.</summary>
    Bytes = 5,
    /// <summary>UTF-8 text, stored as bytes.</summary>
    String = 6,
    /// <summary>A native Prometheus histogram, stored as its encoded bytes.</summary>
    Histogram = 7,
}

internal static class ValueFamilies
{
    /// <summary>True when the 64 value bits are the value itself.</summary>
    public static bool IsNumeric(this ValueFamily family) => family is >= ValueFamily.Float and <= ValueFamily.Bool;

    /// <summary>True when the 64 value bits are a <see cref="PayloadRef"/>.</summary>
    public static bool HasPayload(this ValueFamily family) => family >= ValueFamily.Bytes;

    /// <summary>The value as queries read it: Int, UInt and Bool become floats (design, section 3).</summary>
    public static double ToDouble(this ValueFamily family, ulong bits) => family switch
    {
        ValueFamily.Float => System.BitConverter.UInt64BitsToDouble(bits),
        ValueFamily.Int => (long)bits,
        ValueFamily.UInt or ValueFamily.Bool => bits,
        _ => double.NaN,
    };
}
