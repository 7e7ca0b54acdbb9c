using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Native.Os;

public sealed class GatheringSendTests
{
    [Theory]
    [InlineData(1, 0, 100)] // one piece
    [InlineData(9, 0, 4096)]
    [InlineData(200, 0, 50)] // more than one call takes
    [InlineData(40, 2, 30)] // with empty ones, the first and the last among them
    [InlineData(20, 0, 300_000)] // more than the kernel buffers
    public async Task WhatIsSentArrivesInOrder(int pieces, int emptyEvery, int bytes)
    {
        var random = new Random(pieces);
        byte[][] parts = new byte[pieces][];
        for (int i = 0; i < pieces; i++)
        {
            parts[i] = new byte[emptyEvery > 0 && i % emptyEvery == 0 ? 0 : bytes];
            random.NextBytes(parts[i]);
        }
        Assert.Equal(Concat(parts), await Send(Piece.Chain(parts)));
    }

    [Fact]
    public async Task MemoryThatIsNoArrayIsSentToo()
    {
        using NoArray memory = new([7, 8]);
        byte[] array = [1, 2, 3];
        Assert.Equal([1, 2, 3, 7, 8, 1, 2, 3], await Send(Piece.Chain(array, memory.Memory, array)));
        Assert.Equal([7, 8, 7, 8], await Send(Piece.Chain(memory.Memory, memory.Memory)));
    }

    private static async Task<byte[]> Send(ReadOnlySequence<byte> bytes)
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!);
        using Socket server = await listener.AcceptAsync();
        using var got = new MemoryStream();
        Task reading = new NetworkStream(client).CopyToAsync(got);
        List<ArraySegment<byte>> room = [];
        while (!bytes.IsEmpty)
        {
            int sent = await GatheringSend.SendSome(server, bytes, room);
            Assert.InRange(sent, 1, bytes.Length);
            bytes = bytes.Slice(sent);
        }
        server.Shutdown(SocketShutdown.Send);
        await reading;
        return got.ToArray();
    }

    private static byte[] Concat(byte[][] parts)
    {
        List<byte> all = [];
        foreach (byte[] part in parts) all.AddRange(part);
        return [.. all];
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public static ReadOnlySequence<byte> Chain(params byte[][] parts) =>
            Chain(Array.ConvertAll(parts, static part => (ReadOnlyMemory<byte>)part));

        public static ReadOnlySequence<byte> Chain(params ReadOnlyMemory<byte>[] parts)
        {
            Piece first = new() { Memory = parts[0] };
            Piece last = first;
            foreach (ReadOnlyMemory<byte> part in parts.AsSpan(1))
            {
                Piece next = new() { Memory = part, RunningIndex = last.RunningIndex + last.Memory.Length };
                last.Next = next;
                last = next;
            }
            return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        }
    }

    private sealed class NoArray(byte[] bytes) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => bytes;

        public override MemoryHandle Pin(int elementIndex = 0) => bytes.AsMemory(elementIndex).Pin();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
