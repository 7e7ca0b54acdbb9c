using System;
using System.Collections.Generic;
using Slungd.Native.Memory;
using Xunit;

namespace Slungd.Tests.Native.Memory;

public sealed unsafe class SlabAllocatorTests
{
    [Fact]
    public void PiecesAreAlignedAndApart()
    {
        using var arena = new Arena(64 << 20);
        using var slabs = new SlabAllocator(arena);
        var random = new Random(3);
        var held = new List<(nint Piece, int Bytes, byte Mark)>();
        for (int step = 0; step < 20_000; step++)
        {
            if (held.Count > 0 && random.Next(2) == 0)
            {
                int index = random.Next(held.Count);
                (nint piece, int bytes, byte mark) = held[index];
                Assert.Equal(-1, new ReadOnlySpan<byte>((void*)piece, bytes).IndexOfAnyExcept(mark));
                slabs.Free((byte*)piece, bytes);
                held[index] = held[^1];
                held.RemoveAt(held.Count - 1);
                continue;
            }
            int size = random.Next(200) == 0 ? random.Next(1, 300_000) : random.Next(1, random.Next(2, 20_000));
            byte* taken = slabs.TryAllocate(size);
            Assert.True(taken is not null);
            Assert.Equal(0, (long)taken % SlabAllocator.Granule);
            byte fill = (byte)step;
            new Span<byte>(taken, size).Fill(fill);
            held.Add(((nint)taken, size, fill));
        }
        Assert.Equal(arena.Used, slabs.SlabBytes);
        slabs.Dispose();
        Assert.Equal(0, arena.Used);
    }

    [Fact]
    public void FreedPiecesAreReused()
    {
        using var arena = new Arena(4 << 20);
        using var slabs = new SlabAllocator(arena);
        byte* piece = slabs.TryAllocate(500);
        byte* other = slabs.TryAllocate(500);
        slabs.Free(piece, 500);
        slabs.Free(other, 500);
        Assert.True(slabs.TryAllocate(449) == other); // the same class: 512 bytes
        Assert.True(slabs.TryAllocate(512) == piece);
        for (int i = 0; i < 100_000; i++) slabs.Free(slabs.TryAllocate(4096), 4096);
        Assert.Equal(Arena.SmallSlabBytes, slabs.SlabBytes);
    }

    [Fact]
    public void ZeroedMeansZeroed()
    {
        using var arena = new Arena(4 << 20);
        using var slabs = new SlabAllocator(arena);
        byte* piece = slabs.TryAllocate(4096);
        new Span<byte>(piece, 4096).Fill(1);
        slabs.Free(piece, 4096);
        Assert.True(slabs.TryAllocateZeroed(4096) == piece);
        Assert.Equal(-1, new ReadOnlySpan<byte>(piece, 4096).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void AFullArenaAnswersNullAndRecovers()
    {
        using var arena = new Arena(2 << 20);
        using var slabs = new SlabAllocator(arena);
        int pieces = 0;
        while (slabs.TryAllocate(16_448) is not null) pieces++;
        Assert.Equal(32 * 3, pieces); // three fit into a small slab
        int rests = 0;
        while (slabs.TryAllocate(8_192) is not null) rests++; // the last slab's rest and the best one before it
        Assert.InRange(rests, 1, 2);
        Assert.True(slabs.TryAllocate(SlabAllocator.MaxBytes) is null);
        Assert.True(slabs.TryStore(new byte[20_000]) is null);
        slabs.Dispose();
        Assert.Equal(0, arena.Used);
        Assert.True(slabs.TryAllocate(SlabAllocator.MaxBytes) is not null);
    }

    [Fact]
    public void BigOwnersTakeBigSlabsAndUseTheLastFragments()
    {
        using var arena = new Arena(16 << 20);
        using var slabs = new SlabAllocator(arena);
        long total = 0;
        while (slabs.TryAllocate(16_448) is not null) total += 16_448;
        Assert.True(total > 29 << 19, $"{total} of 16 MiB used");
        Assert.Equal(arena.Budget, slabs.SlabBytes);
    }

    [Fact]
    public void StoredBytesStayAndAreDense()
    {
        using var arena = new Arena(16 << 20);
        using var slabs = new SlabAllocator(arena);
        var random = new Random(5);
        var stored = new List<(nint, byte[])>();
        long bytes = 0;
        for (int i = 0; i < 5_000; i++)
        {
            byte[] text = new byte[i % 500 == 0 ? random.Next(1, 100_000) : random.Next(1, 40)];
            random.NextBytes(text);
            stored.Add(((nint)slabs.TryStore(text), text));
            bytes += text.Length;
        }
        foreach ((nint copy, byte[] text) in stored)
            Assert.True(new ReadOnlySpan<byte>((void*)copy, text.Length).SequenceEqual(text));
        Assert.InRange(slabs.SlabBytes, bytes, bytes * 2 + Arena.LargeSlabBytes);
    }
}
