using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Ingest.Http;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public class UnpackingStreamTests
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
        if (data.Length == 0) // of which .NET's packers make nothing
            return Convert.FromHexString(isGzip ? "1F8B080000000000000303000000000000000000" : "789C030000000001");
        using MemoryStream packed = new();
        using (Stream to = isGzip ? new GZipStream(packed, CompressionLevel.Optimal)
            : new ZLibStream(packed, CompressionLevel.Optimal)) to.Write(data);
        return packed.ToArray();
    }

    /// <summary>The data, or null when it is said that it can't be unpacked.</summary>
    private static async Task<byte[]?> Unpack(byte[] packed, bool isGzip, int piece)
    {
        Trickle from = new(packed, piece);
        await using UnpackingStream unpacking = isGzip ? UnpackingStream.Gzip(from) : UnpackingStream.Zlib(from);
        using MemoryStream data = new();
        byte[] room = new byte[1_000];
        try
        {
            for (int read; (read = await unpacking.ReadAsync(room)) > 0;) data.Write(room, 0, read);
        }
        catch (BadHttpRequestException e)
        {
            Assert.Equal(400, e.StatusCode);
            return null;
        }
        return data.ToArray();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhatIsNotWholeOrNotAloneIsNeverTaken(bool isGzip)
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
                for (int length = 0; length < packed.Length; length++)
                    Assert.Null(await Unpack(packed[..length], isGzip, piece));
                foreach (byte[] more in (byte[][])[[0], [0x1F], [0x1F, 0x8B], "junk"u8.ToArray(), new byte[20_000]])
                    Assert.Null(await Unpack([.. packed, .. more], isGzip, piece));
            }
        }
    }

    [Fact]
    public async Task SeveralMembersAreOneBody()
    {
        byte[] data = [.. Enumerable.Range(0, 1_000).Select(static i => (byte)(i % 251))];
        byte[] first = Pack(data[..400], true), both = [.. first, .. Pack(data[400..], true)];
        foreach (int piece in (int[])[1, 10, 100_000])
        {
            Assert.Equal(data, await Unpack(both, true, piece));
            Assert.Null(await Unpack(both[..^3], true, piece));
            Assert.Null(await Unpack([.. first, 0, .. both[first.Length..]], true, piece));
            foreach (int at in (int[])[0, 1, 2, 3, both.Length - first.Length - 8, both.Length - first.Length - 1])
            {
                byte[] damaged = [.. both]; // in the second's head (of which time and system mean nothing) or trailer
                damaged[first.Length + at] ^= 0x10;
                Assert.Null(await Unpack(damaged, true, piece));
            }
        }
        byte[] zlib = Pack(data, false);
        Assert.Null(await Unpack([.. zlib, .. zlib], false, 100_000)); // of these there is one
    }

    [Fact]
    public async Task ADictionaryThatWeDoNotHaveIsNamed()
    {
        // RFC 1950, section 2.2: FDICT, and the dictionary's Adler-32, that of "abc".
        byte[] packed = Convert.FromHexString("78BB024D01274B4C4A0600024D0127");
        foreach (int piece in (int[])[1, 100_000]) Assert.Null(await Unpack(packed, false, piece));
    }
}
