using System;
using System.Collections.Generic;
using Slungd.Native.Bits;
using Slungd.Native.Os;

namespace Slungd.Engine.Model;

/// <summary>Byte strings as dictionary keys, looked up by span.</summary>
internal sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static readonly BytesComparer Instance = new();

    // Strangers choose names and tags: a random seed keeps them from choosing collisions.
    private readonly ulong _seed = SystemRandom.NextUInt64();

    public bool Equals(byte[]? a, byte[]? b) => a.AsSpan().SequenceEqual(b);

    public int GetHashCode(byte[] bytes) => GetHashCode(bytes.AsSpan());

    public bool Equals(ReadOnlySpan<byte> a, byte[] b) => a.SequenceEqual(b);

    public int GetHashCode(ReadOnlySpan<byte> bytes) => (int)Hash64.Of(bytes, _seed);

    public byte[] Create(ReadOnlySpan<byte> bytes) => bytes.ToArray();
}
