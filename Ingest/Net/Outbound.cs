using System;
using System.Buffers;
using System.Net.Sockets;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Net;

internal enum SendStatus : byte
{
    /// <summary>Nothing is left.</summary>
    Drained,
    /// <summary>The peer's window is full: wait for readiness.</summary>
    Blocked,
    /// <summary>The connection is gone.</summary>
    Broken,
}

/// <summary>What waits to be sent to one peer: a queue of blocks, of which an idle connection has none. Writing never
/// blocks; whoever produces looks at <see cref="Bytes"/> first. One thread.</summary>
internal sealed class Outbound(BufferPool pool) : IBufferWriter<byte>
{
    private const int FurtherBlockBytes = 64 * 1024;

    private struct Piece
    {
        public NativeBlock Block;
        public int Start;
        public int End;
    }

    private Piece[] _pieces = [];
    private int _head;
    private int _count;

    /// <summary>Written and not yet sent.</summary>
    public int Bytes { get; private set; }

    /// <summary>Memory for a reply was refused: replies are missing, so the connection must end.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Room for at least <paramref name="sizeHint"/> bytes; garbage that is never sent once the memory budget
    /// has refused, see <see cref="HasFailed"/>.</summary>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        sizeHint = Math.Max(sizeHint, 1);
        if (_count > 0)
        {
            ref Piece tail = ref Tail();
            if (tail.Block.Length - tail.End >= sizeHint) return tail.Block.Span[tail.End..];
        }
        int length = _count == 0 && sizeHint <= BufferPool.SmallBytes
            ? BufferPool.SmallBytes
            : Math.Max(sizeHint, FurtherBlockBytes);
        NativeBlock? block = HasFailed ? null : pool.TryRent(length);
        if (block is null)
        {
            HasFailed = true;
            return new byte[sizeHint];
        }
        Push(new Piece { Block = block });
        return block.Span;
    }

    public Memory<byte> GetMemory(int sizeHint = 0) =>
        throw new NotSupportedException("the buffers are native memory: use GetSpan");

    public void Advance(int count)
    {
        if (HasFailed) return;
        Tail().End += count;
        Bytes += count;
    }

    /// <summary>Queues frames that were written elsewhere, and owns their block from now on.</summary>
    public void Attach(in PostedFrames frames)
    {
        Push(new Piece { Block = frames.Block, Start = frames.Start, End = frames.End });
        Bytes += frames.Length;
    }

    /// <summary>Sends what the socket takes.</summary>
    public SendStatus Send(Socket socket)
    {
        while (_count > 0)
        {
            ref Piece piece = ref _pieces[_head];
            if (piece.End > piece.Start)
            {
                ReadOnlySpan<byte> bytes = piece.Block.Span[piece.Start..piece.End];
                int sent = socket.Send(bytes, SocketFlags.None, out SocketError error);
                if (error is SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable) return SendStatus.Blocked;
                if (error == SocketError.Interrupted) continue;
                if (error != SocketError.Success) return SendStatus.Broken;
                piece.Start += sent;
                Bytes -= sent;
                if (piece.Start < piece.End) continue;
            }
            Pop();
        }
        return SendStatus.Drained;
    }

    /// <summary>Gives every block back.</summary>
    public void Clear()
    {
        while (_count > 0) Pop();
        Bytes = 0;
    }

    private ref Piece Tail() => ref _pieces[(_head + _count - 1) & (_pieces.Length - 1)];

    private void Push(in Piece piece)
    {
        if (_count == _pieces.Length)
        {
            var larger = new Piece[Math.Max(2, _count * 2)];
            for (int i = 0; i < _count; i++) larger[i] = _pieces[(_head + i) & (_pieces.Length - 1)];
            _pieces = larger;
            _head = 0;
        }
        _pieces[(_head + _count++) & (_pieces.Length - 1)] = piece;
    }

    private void Pop()
    {
        pool.Return(_pieces[_head].Block);
        _pieces[_head] = default;
        _head = (_head + 1) & (_pieces.Length - 1);
        _count--;
    }
}
