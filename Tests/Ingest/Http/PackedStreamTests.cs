using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Slungd.Ingest.Http;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public class PackedStreamTests
{
    /// <summary>In pieces of so many bytes.</summary>
    private sealed class Trickle(byte[] bytes, int piece) : ReadOnlyStream
    {
        private int _at;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int length = Math.Min(Math.Min(piece, buffer.Length), bytes.Length - _at);
            bytes.AsMemory(_at, length).CopyTo(buffer);
            _at += length;
            return ValueTask.FromResult(length);
        }
    }

    private static byte[] Pack(byte[] data, bool isGzip)
    {
        using MemoryStream packed = new();
        using (Stream to = isGzip ? new GZipStream(packed, CompressionLevel.Optimal)
            : new ZLibStream(packed, CompressionLevel.Optimal)) to.Write(data);
        return packed.ToArray();
    }

    /// <summary>The data, or null when it is said that it is cut or damaged.</summary>
    private static async Task<byte[]?> Unpack(byte[] packed, bool isGzip, int piece)
    {
        PackedStream from = new(new Trickle(packed, piece));
        using MemoryStream data = new();
        try
        {
            await using Stream unpacking = isGzip ? new GZipStream(from, CompressionMode.Decompress)
                : new ZLibStream(from, CompressionMode.Decompress);
            byte[] room = new byte[1_000];
            for (int read; (read = await unpacking.ReadAsync(room)) > 0;) data.Write(room, 0, read);
        }
        catch (InvalidDataException)
        {
            return null;
        }
        return from.IsCut ? null : data.ToArray();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhatIsCutIsNeverTakenForWhole(bool isGzip)
    {
        Random random = new(5);
        byte[] noise = new byte[300];
        random.NextBytes(noise);
        foreach (byte[] data in (byte[][])[[], [7], new byte[70_000], noise])
        {
            byte[] packed = Pack(data, isGzip);
            foreach (int piece in (int[])[1, 7, 100_000])
            {
                Assert.Equal(data, await Unpack(packed, isGzip, piece));
                for (int length = 1; length < packed.Length; length++)
                {
                    byte[]? got = await Unpack(packed[..length], isGzip, piece);
                    // Of a checksum that ends in zero the zero may be missing.
                    if (got is null) continue;
                    Assert.True(length == packed.Length - 1 && packed[^1] == 0, $"{length} of {packed.Length}");
                    Assert.Equal(data, got);
                }
            }
        }
        Assert.Empty((await Unpack([], isGzip, 1))!);
    }

    [Fact]
    public async Task SeveralMembersAreOneBody()
    {
        byte[] data = [.. Enumerable.Range(0, 1_000).Select(static i => (byte)(i % 251))];
        byte[] both = [.. Pack(data[..400], true), .. Pack(data[400..], true)];
        foreach (int piece in (int[])[1, 10, 100_000]) Assert.Equal(data, await Unpack(both, true, piece));
        Assert.Null(await Unpack(both[..^3], true, 100_000));
    }
}
