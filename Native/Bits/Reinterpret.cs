using System;
using System.Runtime.InteropServices;

namespace Slungd.Native.Bits;

/// <summary>The same memory seen as another type of the same or a smaller size. The one place for such views, so that
/// code outside Native needs none of its own. Columns of numbers are little-endian on disk as in memory; big-endian
/// machines are not supported.</summary>
internal static class Reinterpret
{
    public static ReadOnlySpan<double> AsDoubles(ReadOnlySpan<ulong> bits) => MemoryMarshal.Cast<ulong, double>(bits);

    public static Span<double> AsDoubles(Span<ulong> bits) => MemoryMarshal.Cast<ulong, double>(bits);

    public static ReadOnlySpan<long> AsInt64(ReadOnlySpan<ulong> bits) => MemoryMarshal.Cast<ulong, long>(bits);

    public static Span<long> AsInt64(Span<ulong> bits) => MemoryMarshal.Cast<ulong, long>(bits);

    public static ReadOnlySpan<ulong> AsUInt64(ReadOnlySpan<double> values) =>
        MemoryMarshal.Cast<double, ulong>(values);

    public static Span<ulong> AsUInt64(Span<double> values) => MemoryMarshal.Cast<double, ulong>(values);

    public static ReadOnlySpan<ulong> AsUInt64(ReadOnlySpan<long> values) => MemoryMarshal.Cast<long, ulong>(values);

    public static Span<ulong> AsUInt64(Span<long> values) => MemoryMarshal.Cast<long, ulong>(values);

    public static ReadOnlySpan<byte> AsBytes(ReadOnlySpan<ulong> words) => MemoryMarshal.AsBytes(words);

    public static Span<byte> AsBytes(Span<ulong> words) => MemoryMarshal.AsBytes(words);

    public static ReadOnlySpan<byte> AsBytes(ReadOnlySpan<uint> words) => MemoryMarshal.AsBytes(words);

    public static ReadOnlySpan<byte> AsBytes(ReadOnlySpan<long> words) => MemoryMarshal.AsBytes(words);

    public static Span<byte> AsBytes(Span<long> words) => MemoryMarshal.AsBytes(words);

    /// <summary>A column in a message: it starts at any byte, and the length is a multiple of 8.</summary>
    public static ReadOnlySpan<long> AsInt64(ReadOnlySpan<byte> bytes) => MemoryMarshal.Cast<byte, long>(bytes);

    /// <inheritdoc cref="AsInt64(ReadOnlySpan{byte})"/>
    public static ReadOnlySpan<ulong> AsUInt64(ReadOnlySpan<byte> bytes) => MemoryMarshal.Cast<byte, ulong>(bytes);

    public static Span<uint> AsUInt32(Span<byte> bytes) => MemoryMarshal.Cast<byte, uint>(bytes);

    /// <summary>The front of a span as one struct.</summary>
    public static ref readonly T As<T>(ReadOnlySpan<byte> bytes) where T : unmanaged =>
        ref MemoryMarshal.AsRef<T>(bytes);

    /// <inheritdoc cref="As{T}(ReadOnlySpan{byte})"/>
    public static ref T As<T>(Span<byte> bytes) where T : unmanaged => ref MemoryMarshal.AsRef<T>(bytes);

    /// <summary>A span as structs; what is left at the end is cut off.</summary>
    public static ReadOnlySpan<T> AsMany<T>(ReadOnlySpan<byte> bytes) where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(bytes);

    /// <inheritdoc cref="AsMany{T}(ReadOnlySpan{byte})"/>
    public static Span<T> AsMany<T>(Span<byte> bytes) where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes);
}
