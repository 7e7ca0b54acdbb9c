using System;
using System.Runtime.CompilerServices;
using Slungd.Native.Bits;

namespace Slungd.Engine.Series;

/// <summary>The hash of the registry's tables.</summary>
/// <param name="Seed">Random per process outside tests, so that nobody can choose keys that collide.</param>
/// <param name="Mask">All ones; tests clear bits to force collisions.</param>
internal readonly record struct HashFunction(ulong Seed, ulong Mask = ulong.MaxValue)
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Of(ReadOnlySpan<byte> bytes) => Hash64.Of(bytes, Seed) & Mask;
}
