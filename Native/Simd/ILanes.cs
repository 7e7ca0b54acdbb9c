namespace Slungd.Native.Simd;

/// <summary>The vector operations that <see cref="LaneKernels{TLanes,TDouble,TLong}"/> is written in; one struct per
/// vector width gives them. Offsets count elements. Loads and stores need no alignment, and the caller has checked
/// that they stay inside its spans.</summary>
/// <typeparam name="TDouble">The vector of floats.</typeparam>
/// <typeparam name="TLong">The vector of as many 64-bit integers; also the mask: all or no bits of a lane.</typeparam>
internal interface ILanes<TDouble, TLong>
    where TDouble : struct
    where TLong : struct
{
    static abstract string Name { get; }

    /// <summary>Lanes of a vector.</summary>
    static abstract int Count { get; }

    static abstract TDouble Load(ref double first, nuint offset);
    static abstract void Store(TDouble vector, ref double first, nuint offset);
    static abstract TDouble All(double value);
    static abstract TDouble Add(TDouble a, TDouble b);
    static abstract TDouble Subtract(TDouble a, TDouble b);

    /// <summary>Per lane the smaller; best where the value is NaN. Best is never NaN.</summary>
    static abstract TDouble Min(TDouble value, TDouble best);

    /// <summary>Per lane the greater; best where the value is NaN. Best is never NaN.</summary>
    static abstract TDouble Max(TDouble value, TDouble best);

    /// <summary>Zero where the mask is set.</summary>
    static abstract TDouble ClearWhere(TDouble vector, TLong mask);

    /// <summary>The other vector where the mask is set.</summary>
    static abstract TDouble ReplaceWhere(TDouble vector, TLong mask, TDouble other);

    static abstract TDouble Multiply(TDouble a, TDouble b);

    /// <summary>The floats nearest to dividend / divisor, where the dividend is an integer of at most 53 bits and the
    /// divisor a power of ten up to 10^15. The reciprocal is the float nearest to 1 / divisor, the rest the float
    /// nearest to what it lacks.</summary>
    /// <remarks>With FMA: dividend * reciprocal + dividend * rest (Brisebarre and Muller, Correctly Rounded
    /// Multiplication by Arbitrary Precision Constants, IEEE Transactions on Computers, 2008). Before it is rounded it
    /// is wrong by less than 2^-103 of it. No quotient lies on the middle between two floats, which has 54 bits; and
    /// none nearer to one than 2^-90 of it, because 5^15, the odd part of the divisor, has only 35.</remarks>
    static abstract TDouble DivideByPowerOfTen(TDouble dividend, TDouble divisor, TDouble reciprocal, TDouble rest);

    /// <summary>Whether |value| is below the bound; no for NaN.</summary>
    static abstract TLong IsBelow(TDouble value, double bound);

    static abstract TDouble AsDouble(TLong vector);
    static abstract TLong AsLong(TDouble vector);
    static abstract double Lane(TDouble vector, int lane);

    static abstract TLong Load(ref long first, nuint offset);
    static abstract void Store(TLong vector, ref long first, nuint offset);
    static abstract TLong All(long value);

    /// <summary>start, start + step, start + 2 step ...</summary>
    static abstract TLong Ramp(long start, long step);
    static abstract TLong Add(TLong a, TLong b);
    static abstract TLong Subtract(TLong a, TLong b);
    static abstract TLong And(TLong a, TLong b);
    static abstract TLong Or(TLong a, TLong b);
    static abstract TLong Xor(TLong a, TLong b);
    /// <summary>Each lane plus all lanes before it.</summary>
    static abstract TLong PrefixSum(TLong vector);

    /// <summary>The last lane in every lane.</summary>
    static abstract TLong LastToAll(TLong vector);

    /// <summary>Of each lane the lower 32 bits of the one and the upper 32 bits of the other.</summary>
    static abstract TLong OddHalves(TLong even, TLong odd);

    /// <summary>Of each lane the bits 0-15 and 32-47 of the one, and 16-31 and 48-63 of the other.</summary>
    static abstract TLong OddQuarters(TLong even, TLong odd);

    /// <summary>Of each lane the bits from 16 index on, as a number of 16 bits. The index is a constant.</summary>
    static abstract TLong Quarter(TLong vector, int index);

    static abstract TLong ShiftLeft(TLong vector, int count);

    /// <summary>Zeros come in from the left.</summary>
    static abstract TLong ShiftRight(TLong vector, int count);

    /// <summary>Per lane an entry of a table of eight, the one its lowest three bits name, as the upper half.</summary>
    static abstract TLong UpperHalf(ref int table, TLong indexes);
    static abstract TLong Equals(TLong a, TLong b);
    static abstract TLong GreaterThan(TLong a, TLong b);
    static abstract TLong Min(TLong a, TLong b);
    static abstract TLong Max(TLong a, TLong b);
    static abstract bool IsZero(TLong vector);
    static abstract long Lane(TLong vector, int lane);

    /// <summary>The nearest floats to signed integers.</summary>
    static abstract TDouble FromSigned(TLong vector);

    /// <summary>The nearest floats to the lanes' bits taken as unsigned integers.</summary>
    static abstract TDouble FromUnsigned(TLong vector);
}
