using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using Slungd.Native.Checks;
using Slungd.Native.Memory;
using Xunit;

namespace Slungd.Tests.Native.Memory;

public sealed unsafe class ArenaTests
{
    private const int Small = Arena.SmallSlabBytes, Large = Arena.LargeSlabBytes, PageBytes = 4096;

    [Fact]
    public void HandsOutTheWholeBudgetAndNoMore()
    {
        using var arena = new Arena(3 * Large + 12_345);
        Assert.Equal(3L * Large, arena.Budget);
        var slabs = new List<(nint, int)>();
        slabs.Add(((nint)arena.TryAllocate(Large), Large));
        for (int i = 0; i < 64; i++) slabs.Add(((nint)arena.TryAllocate(Small), Small));
        Assert.DoesNotContain((0, Large), slabs);
        Assert.DoesNotContain((0, Small), slabs);
        Assert.Equal(arena.Budget, arena.Used);
        Assert.Equal(0, arena.Available);
        Assert.True(arena.TryAllocate(Small) is null);
        Assert.True(arena.TryAllocate(Large) is null);

        ArenaExhaustedException? error = null;
        try
        {
            arena.Allocate(Small);
        }
        catch (ArenaExhaustedException e)
        {
            error = e;
        }
        Assert.Equal((3L * Large, 3L * Large, (long)Small), (error!.Budget, error.Used, error.Requested));
        Assert.Contains("6291456", error.Message, StringComparison.Ordinal);

        foreach ((nint slab, int bytes) in slabs) arena.Free((byte*)slab, bytes);
        Assert.Equal(0, arena.Used);
    }

    [Fact]
    public void SlabsAreAlignedWritableAndApart()
    {
        using var arena = new Arena(8 * Large);
        var random = new Random(1);
        var held = new List<(nint Slab, int Bytes, byte Mark)>();
        for (int step = 0; step < 2_000; step++)
        {
            if (held.Count > 0 && random.Next(5) < 2)
            {
                int index = random.Next(held.Count);
                (nint slab, int bytes, byte mark) = held[index];
                held[index] = held[^1];
                held.RemoveAt(held.Count - 1);
                byte* first = (byte*)slab;
                Assert.Equal((mark, mark, mark), (first[0], first[bytes / 2], first[bytes - 1]));
                arena.Free((byte*)slab, bytes);
                continue;
            }
            int size = random.Next(4) == 0 ? Large : Small;
            byte* taken = arena.TryAllocate(size);
            if (taken is null) continue;
            Assert.Equal(0, (long)taken % size);
            byte fill = (byte)random.Next(256);
            taken[0] = taken[size / 2] = taken[size - 1] = fill;
            held.Add(((nint)taken, size, fill));
        }
        long sum = 0;
        foreach ((_, int bytes, _) in held) sum += bytes;
        Assert.Equal(sum, arena.Used);
        foreach ((nint slab, int bytes, _) in held) arena.Free((byte*)slab, bytes);
        Assert.Equal(0, arena.Used);
        for (int i = 0; i < 8; i++) held.Add(((nint)arena.TryAllocate(Large), Large, 0)); // carved chunks have healed
        Assert.Equal(arena.Budget, arena.Used);
        foreach ((nint slab, int bytes, _) in held.GetRange(held.Count - 8, 8)) arena.Free((byte*)slab, bytes);
    }

    [Fact]
    public void WarmMemoryIsReusedFirst()
    {
        using var arena = new Arena(16 * Large);
        byte* first = arena.TryAllocate(Large);
        arena.Free(first, Large);
        Assert.Equal(Large, arena.WarmBytes);
        Assert.True(arena.TryAllocate(Large) == first);
        byte* small = arena.TryAllocate(Small);
        byte* other = arena.TryAllocate(Small);
        arena.Free(small, Small);
        Assert.True(arena.TryAllocate(Small) == small);
        arena.Free(first, Large);
        arena.Free(small, Small);
        arena.Free(other, Small);
    }

    [Fact]
    public void FreeMemoryGoesBackToTheSystem()
    {
        using var arena = new Arena(16 * Large, keepWarmBytes: 2 * Large);
        byte*[] slabs = new byte*[4];
        for (int i = 0; i < slabs.Length; i++)
        {
            slabs[i] = arena.TryAllocate(Large);
            new Span<byte>(slabs[i], Large).Fill(7);
            if (OperatingSystem.IsLinux()) Assert.Equal(Large, ResidentBytes(slabs[i], Large));
        }
        foreach (byte* slab in slabs) arena.Free(slab, Large);
        Assert.Equal(2 * Large, arena.WarmBytes);
        arena.Trim();
        Assert.Equal(0, arena.WarmBytes);
        if (!OperatingSystem.IsLinux()) return;
        foreach (byte* slab in slabs) Assert.Equal(0, ResidentBytes(slab, Large));

        byte* again = arena.TryAllocate(Large); // and the address space is still good
        Assert.Equal(0, again[12_345]);
        again[12_345] = 1;
        arena.Free(again, Large);
    }

    /// <summary>An idle daemon must stay small: the first slabs are backed by small pages.</summary>
    [Fact]
    public void FewTouchedBytesCostFewPages()
    {
        if (!OperatingSystem.IsLinux()) return;
        using var arena = new Arena();
        byte* slab = arena.TryAllocate(Small);
        slab[0] = 1;
        slab[40_000] = 1;
        Assert.InRange(ResidentBytes(slab, Small), 2 * PageBytes, 32 * 1024);
        Assert.InRange(ResidentBytes(slab, Large), 2 * PageBytes, 64 * 1024); // the chunk it was cut from
        arena.Free(slab, Small);
    }

    [Fact]
    public void RegionsAreCutOffBeforeTheSealOnly()
    {
        using var arena = new Arena(4 * Large);
        Span<byte> one = arena.Reserve(100), two = arena.Reserve(3 << 20);
        Assert.Equal((100, 3 << 20), (one.Length, two.Length));
        Assert.Equal(-1, one.IndexOfAnyExcept((byte)0));
        one.Fill(1);
        two.Fill(2);
        Assert.Equal(-1, one.IndexOfAnyExcept((byte)1));
        Assert.Equal(2 * Large, arena.Used);
        Exception? full = null;
        try
        {
            arena.Reserve(5 << 20);
        }
        catch (ArenaExhaustedException e)
        {
            full = e;
        }
        Assert.NotNull(full);
        arena.Seal();
        Assert.Throws<BugException>(() => { arena.Reserve(1); });
        byte* a = arena.TryAllocate(Large), b = arena.TryAllocate(Large);
        Assert.True(a is not null && b is not null && arena.TryAllocate(Small) is null);
        arena.Free(a, Large);
        arena.Free(b, Large);
    }

    [Fact]
    public void WrongFreesStopTheProcess()
    {
        using var arena = new Arena(4 * Large);
        byte* small = arena.TryAllocate(Small), large = arena.TryAllocate(Large), keeper = arena.TryAllocate(Small);
        Assert.Throws<BugException>(() => arena.Free(small, Large));
        Assert.Throws<BugException>(() => arena.Free(large, Small));
        Assert.Throws<BugException>(() => arena.Free(small + 64, Small));
        Assert.Throws<BugException>(() => arena.Free(large - 64 * Large, Large));
        Assert.Throws<BugException>(() => arena.TryAllocate(1234));
        arena.Free(small, Small);
        Assert.Throws<BugException>(() => arena.Free(small, Small));
        arena.Free(large, Large);
        Assert.Throws<BugException>(() => arena.Free(large, Large));
        arena.Free(keeper, Small);
        Assert.Equal(0, arena.Used);
    }

    [Fact]
    public void HandlesLeadBackToTheBytes()
    {
        using var arena = new Arena(4 * Large);
        byte* slab = arena.TryAllocate(Small);
        new Span<byte>(slab, Small).Fill(9);
        slab[10] = 1;
        long offset = arena.OffsetOf(slab + 10);
        Assert.Equal([1, 9], arena.BytesAt(offset, 2).ToArray());
        Assert.Throws<BugException>(() => { arena.BytesAt(arena.Budget - 1, 2); });
        Assert.Throws<BugException>(() => { arena.BytesAt(-1, 2); });
        arena.Free(slab, Small);
    }

    [Fact]
    public void DebugBuildsPoisonAndReportLeaks()
    {
        var arena = new Arena(4 * Large);
        byte* slab = arena.TryAllocate(Small), keeper = arena.TryAllocate(Small);
        slab[5] = 1;
        arena.Free(slab, Small);
#if DEBUG
        Assert.Equal(0xDD, slab[5]);
        Assert.Contains("1 slabs were never freed: 64 KiB", arena.DescribeLeaks(), StringComparison.Ordinal);
#else
        Assert.Null(arena.DescribeLeaks());
#endif
        arena.Free(keeper, Small);
        Assert.Null(arena.DescribeLeaks());
        arena.Dispose();
        arena.Dispose();
    }

    [Fact]
    public void ManyThreadsShareIt()
    {
        using var arena = new Arena(32 * Large, keepWarmBytes: 4 * Large);
        var threads = new Thread[4];
        int broken = 0;
        for (int t = 0; t < threads.Length; t++)
        {
            int seed = t + 1;
            threads[t] = new Thread(() =>
            {
                if (!TakeMarkAndFree(arena, seed)) Interlocked.Increment(ref broken);
            });
            threads[t].Start();
        }
        foreach (Thread thread in threads) thread.Join();
        Assert.Equal(0, broken);
        Assert.Equal(0, arena.Used);
    }

    private static bool TakeMarkAndFree(Arena arena, int seed)
    {
        var random = new Random(seed);
        var held = new Queue<(nint Slab, int Bytes)>();
        bool intact = true;
        for (int step = 0; step < 2_000 || held.Count > 0; step++)
        {
            int size = random.Next(8) == 0 ? Large : Small;
            byte* slab = step < 2_000 ? arena.TryAllocate(size) : null;
            if (slab is not null)
            {
                *(long*)slab = *(long*)(slab + size - 8) = (long)slab ^ seed;
                held.Enqueue(((nint)slab, size));
            }
            if (held.Count < 20 && step < 2_000) continue;
            (nint old, int bytes) = held.Dequeue();
            intact &= *(long*)old == (old ^ seed) && *(long*)(old + bytes - 8) == (old ^ seed);
            arena.Free((byte*)old, bytes);
        }
        return intact;
    }

    /// <summary>Resident bytes among <paramref name="bytes"/> from a page's start on.</summary>
    private static long ResidentBytes(byte* address, int bytes)
    {
        byte[] pages = new byte[bytes / PageBytes];
        fixed (byte* vector = pages) Assert.Equal(0, ResidentPages(address, (nuint)bytes, vector));
        long resident = 0;
        foreach (byte page in pages) resident += page & 1;
        return resident * PageBytes;
    }

    [DllImport("libc", EntryPoint = "mincore")]
    private static extern int ResidentPages(void* address, nuint bytes, byte* vector);
}
