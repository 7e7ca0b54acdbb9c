using System;
using System.Buffers;
using System.Linq;
using Slungd.Native.Memory;
using Xunit;

namespace Slungd.Tests.Native.Memory;

public class BufferPoolTests
{
    private readonly ByteBudget _small = new(64 * 1024);
    private readonly ByteBudget _large = new(1 << 20);

    [Theory]
    [InlineData(1, 4096)]
    [InlineData(4096, 4096)]
    [InlineData(4097, 8192)]
    [InlineData(65_536, 65_536)]
    [InlineData(65_537, 131_072)]
    [InlineData(1 << 20, 1 << 20)]
    public void Blocks_are_powers_of_two_and_hold_what_is_written(int bytes, int length)
    {
        using (var pool = new BufferPool(_small, _large))
        {
            NativeBlock block = pool.TryRent(bytes)!;
            Assert.Equal(length, block.Length);
            Assert.Equal(length, BufferPool.RoundUp(bytes));
            block.Span.Fill(0xAB);
            Assert.Equal(-1, block.Span.IndexOfAnyExcept((byte)0xAB));
            Assert.Equal(length, _small.Used + _large.Used);
            pool.Return(block);
        }
        Assert.Equal(0, _small.Used + _large.Used);
    }

    [Fact]
    public void The_budget_is_the_limit_and_free_blocks_make_room()
    {
        using var pool = new BufferPool(_small, _large);
        NativeBlock[] blocks = [.. Enumerable.Range(0, 8).Select(_ => pool.TryRent(128 * 1024)!)];
        Assert.Null(pool.TryRent(8192));
        Assert.NotNull(pool.TryRent(4096)); // small ones have their own budget
        foreach (NativeBlock block in blocks) pool.Return(block);
        NativeBlock? large = pool.TryRent(1 << 20); // the free ones are given up for it
        Assert.NotNull(large);
        pool.Return(large);
    }

    [Fact]
    public void Trim_frees_what_was_not_needed_since_the_last_one()
    {
        using var pool = new BufferPool(_small, _large);
        NativeBlock a = pool.TryRent(8192)!, b = pool.TryRent(8192)!;
        pool.Return(a);
        pool.Return(b);
        pool.Trim(); // both were in use meanwhile
        Assert.Equal(16_384, _large.Used);
        NativeBlock again = pool.TryRent(8192)!;
        pool.Return(again);
        pool.Trim(); // one was needed, one was not
        Assert.Equal(8192, _large.Used);
        pool.Trim();
        Assert.Equal(0, _large.Used);
    }

    [Fact]
    public void A_writer_grows_up_to_its_limit()
    {
        using (var writer = new NativeBufferWriter(_large, 4096, 100_000))
        {
            byte[] piece = new byte[999];
            for (int i = 0; i < 100; i++)
            {
                Array.Fill(piece, (byte)i);
                if (i % 2 == 0) writer.Write(piece);
                else
                {
                    piece.CopyTo(writer.GetMemory(piece.Length));
                    writer.Advance(piece.Length);
                }
            }
            for (int i = 0; i < 100; i++)
                Assert.Equal(-1, writer.WrittenSpan.Slice(i * 999, 999).IndexOfAnyExcept((byte)i));
            Assert.Throws<OutputTooLargeException>(() => writer.GetSpan(101_000));
        }
        Assert.Equal(0, _large.Used);
        Assert.Throws<OutputTooLargeException>(() => new NativeBufferWriter(new ByteBudget(100), 4096, 4096));
    }
}
