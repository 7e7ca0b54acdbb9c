using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Slungd.Native.Checks;

namespace Slungd.Native.Bits;

/// <summary>
/// Numbers of unequal frequency in few bits: tabled asymmetric numeral systems (Duda, arXiv 1311.2540) name each
/// number's bin, plain bits say where in the bin it is. Four decoders take turns, number i is decoded by number i % 4,
/// so that the processor works on four at once. The stream, low bits first: the first state of each decoder, then for
/// each number its StateBits, which lead to the decoder's next state, and its OffsetBits. The last number of each
/// decoder has no StateBits.
/// <para>Reads stay inside the span whatever the stream says: the caller gives a span that is long enough for the most
/// that so many numbers may take, and a table whose transitions stay inside it.</para>
/// </summary>
internal static class BinDecoder
{
    public const int Lanes = 4;

    /// <summary>The most bits of a state.</summary>
    public const int MaxStateBits = 11;

    /// <summary>Bytes behind the last bit that are loaded, not used.</summary>
    private const int Ahead = 2 * sizeof(ulong);

    // One load at any bit gives so many bits.
    private const int BitsOfLoad = 57;

    /// <summary>Bytes that the span given to <see cref="Decode"/> must have at least.</summary>
    /// <param name="count">Numbers.</param>
    /// <param name="tableBits">Bits of a first state.</param>
    /// <param name="mostBits">The most bits that a number takes.</param>
    public static int RoomFor(int count, int tableBits, int mostBits) =>
        (Lanes * tableBits + count * mostBits + 7) / 8 + Ahead;

    /// <summary>Decodes as many numbers as <paramref name="into"/> holds, the first of <paramref name="count"/>;
    /// returns the bits they took.</summary>
    /// <param name="states">2^<paramref name="tableBits"/> of them, made by <see cref="BinTable"/>.</param>
    /// <param name="tableBits">Bits of a state.</param>
    /// <param name="mostBits">The most bits that a number takes in any state.</param>
    /// <param name="from">At least <see cref="RoomFor"/> bytes.</param>
    /// <param name="count">Numbers of the stream.</param>
    /// <param name="into">The numbers, at least one.</param>
    public static int Decode(ReadOnlySpan<BinState> states, int tableBits, int mostBits, ReadOnlySpan<byte> from,
        int count, Span<long> into)
    {
        Invariant.Check(tableBits is >= 0 and <= MaxStateBits && states.Length == 1 << tableBits);
        Invariant.Check(into.Length <= count);
        Invariant.Check(from.Length >= RoomFor(into.Length, tableBits, mostBits));
        if (mostBits <= BitsOfLoad / 2) return Decode<PairStep>(states, tableBits, from, count, into);
        return mostBits <= BitsOfLoad
            ? Decode<NarrowStep>(states, tableBits, from, count, into)
            : Decode<WideStep>(states, tableBits, from, count, into);
    }

    [SkipLocalsInit]
    private static int Decode<TStep>(ReadOnlySpan<BinState> states, int tableBits, ReadOnlySpan<byte> from, int count,
        Span<long> into)
        where TStep : struct, IStep
    {
        ref BinState table = ref MemoryMarshal.GetReference(states);
        ref byte stream = ref MemoryMarshal.GetReference(from);
        ref long target = ref MemoryMarshal.GetReference(into);
        nuint bit = 0, state0 = 0, state1 = 0, state2 = 0, state3 = 0;
        nint moving = Math.Max(0, count - Lanes), wanted = into.Length, whole = Math.Min(moving, wanted) - Lanes, i = 0;
        state0 = First(ref stream, ref bit, tableBits);
        if (count > 1) state1 = First(ref stream, ref bit, tableBits);
        if (count > 2) state2 = First(ref stream, ref bit, tableBits);
        if (count > 3) state3 = First(ref stream, ref bit, tableBits);
        for (; i <= whole; i += Lanes)
        {
            ref long four = ref Unsafe.Add(ref target, i);
            TStep.MoveTwo(ref table, ref stream, ref state0, ref state1, ref bit, ref four);
            TStep.MoveTwo(ref table, ref stream, ref state2, ref state3, ref bit, ref Unsafe.Add(ref four, 2));
        }
        // Fewer than eight are left; the decoders take turns one by one.
        for (; i < wanted; i++)
        {
            Unsafe.Add(ref target, i) = i < moving
                ? TStep.Move(ref table, ref stream, ref state0, ref bit)
                : Last(ref table, ref stream, state0, ref bit);
            (state0, state1, state2, state3) = (state1, state2, state3, state0);
        }
        return (int)bit;
    }

    /// <summary>Decodes a number and goes on to the next state.</summary>
    private interface IStep
    {
        static abstract long Move(ref BinState table, ref byte stream, ref nuint state, ref nuint bit);

        /// <summary>The same for two decoders, one behind the other.</summary>
        static abstract void MoveTwo(ref BinState table, ref byte stream, ref nuint first, ref nuint second,
            ref nuint bit, ref long into);
    }

    /// <summary>One load holds all bits of two numbers.</summary>
    private readonly struct PairStep : IStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static long Move(ref BinState table, ref byte stream, ref nuint state, ref nuint bit) =>
            NarrowStep.Move(ref table, ref stream, ref state, ref bit);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void MoveTwo(ref BinState table, ref byte stream, ref nuint first, ref nuint second,
            ref nuint bit, ref long into)
        {
            ulong word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref stream, bit >> 3)) >> (int)(bit & 7);
            ref BinState a = ref Unsafe.Add(ref table, first);
            ref BinState b = ref Unsafe.Add(ref table, second);
            nuint aTotal = a.TotalBits, bTotal = b.TotalBits;
            into = Number(ref a, word, ref first);
            Unsafe.Add(ref into, 1) = Number(ref b, word >> (int)aTotal, ref second);
            bit += aTotal + bTotal;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static long Number(ref BinState entry, ulong word, ref nuint state)
        {
            ulong stateBits = entry.StateBits;
            state = entry.Next + (nuint)LowBits(word, stateBits);
            return (long)(entry.Lower + (LowBits(word, entry.TotalBits) >> (int)stateBits));
        }
    }

    /// <summary>One load holds all bits of a number.</summary>
    private readonly struct NarrowStep : IStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static long Move(ref BinState table, ref byte stream, ref nuint state, ref nuint bit)
        {
            ref BinState entry = ref Unsafe.Add(ref table, state);
            ulong word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref stream, bit >> 3)) >> (int)(bit & 7);
            int stateBits = entry.StateBits, offsetBits = entry.OffsetBits;
            state = entry.Next + (nuint)LowBits(word, (uint)stateBits);
            bit += (uint)(stateBits + offsetBits);
            return (long)(entry.Lower + LowBits(word >> stateBits, (uint)offsetBits));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void MoveTwo(ref BinState table, ref byte stream, ref nuint first, ref nuint second,
            ref nuint bit, ref long into)
        {
            into = Move(ref table, ref stream, ref first, ref bit);
            Unsafe.Add(ref into, 1) = Move(ref table, ref stream, ref second, ref bit);
        }
    }

    /// <summary>Numbers of up to 64 bits.</summary>
    private readonly struct WideStep : IStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static long Move(ref BinState table, ref byte stream, ref nuint state, ref nuint bit)
        {
            nuint before = state;
            ref BinState entry = ref Unsafe.Add(ref table, before);
            ulong word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref stream, bit >> 3)) >> (int)(bit & 7);
            state = entry.Next + (nuint)LowBits(word, entry.StateBits);
            bit += entry.StateBits;
            return Last(ref table, ref stream, before, ref bit);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void MoveTwo(ref BinState table, ref byte stream, ref nuint first, ref nuint second,
            ref nuint bit, ref long into)
        {
            into = Move(ref table, ref stream, ref first, ref bit);
            Unsafe.Add(ref into, 1) = Move(ref table, ref stream, ref second, ref bit);
        }
    }

    /// <summary>Decodes the number of a state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Last(ref BinState table, ref byte stream, nuint state, ref nuint bit)
    {
        ref BinState entry = ref Unsafe.Add(ref table, state);
        ref byte at = ref Unsafe.Add(ref stream, bit >> 3);
        int shift = (int)(bit & 7);
        ulong word = Unsafe.ReadUnaligned<ulong>(ref at) >> shift;
        word |= (ulong)Unsafe.Add(ref at, sizeof(ulong)) << 1 << 63 - shift; // a shift by 64 would be one by none
        bit += entry.OffsetBits;
        return (long)(entry.Lower + LowBits(word, entry.OffsetBits));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint First(ref byte stream, ref nuint bit, int tableBits)
    {
        ulong word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref stream, bit >> 3)) >> (int)(bit & 7);
        bit += (uint)tableBits;
        return (nuint)LowBits(word, (uint)tableBits);
    }

    /// <summary>The low <paramref name="count"/> bits, 0 to 64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong LowBits(ulong word, ulong count)
    {
        if (Bmi2.X64.IsSupported) return Bmi2.X64.ZeroHighBits(word, count);
        return count == 64 ? word : word & (1ul << (int)count) - 1;
    }
}
