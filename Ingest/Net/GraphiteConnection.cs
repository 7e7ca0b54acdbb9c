using System;
using System.Buffers.Binary;
using System.Net.Sockets;
using Slungd.Ingest.Protocols.Graphite;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Net;

/// <summary>One sender over TCP: lines, or pickles, each with its length in four bytes, big-endian, before it. A line
/// never begins with a zero byte and a pickle's length always does, so the first byte says which. What is not whole yet
/// waits in a block of its own, into which the rest is received: nothing is copied twice.</summary>
internal sealed class GraphiteConnection(Socket socket, ByteBudget budget) : IDisposable
{
    private const int LengthBytes = sizeof(uint);
    private const int LineBlockBytes = 32 * 1024; // a line, and as much again at once

    private NativeBlock? _partial;
    private int _length;
    private bool _isPickle;
    private bool _isBegun;

    public Socket Socket => socket;

    /// <summary>When it last said something.</summary>
    public long HeardMs { get; set; }

    /// <summary>Receives once and reads what is whole.</summary>
    /// <param name="window">Where to receive when nothing waits.</param>
    /// <param name="reader">Reads both forms.</param>
    /// <returns>False when the connection has ended, or can't be understood.</returns>
    public bool TryReceive(Span<byte> window, GraphiteReader reader)
    {
        Span<byte> room = _partial is null ? window : _partial.Span[_length..];
        int got = socket.Receive(room, SocketFlags.None, out SocketError error);
        if (error is SocketError.WouldBlock or SocketError.Interrupted) return true;
        if (got <= 0 || error != SocketError.Success)
        {
            if (_partial is not null) ReadLast(reader);
            return false;
        }
        Span<byte> all = _partial is null ? window[..got] : _partial.Span[..(_length + got)];
        if (!_isBegun) (_isBegun, _isPickle) = (true, all[0] == 0);
        bool isRefused = false;
        int taken = _isPickle ? ReadPickles(all, reader, out isRefused) : reader.ReadLines(all, isEnd: false);
        return !isRefused && TryKeep(all[taken..], reader);
    }

    public void Dispose()
    {
        _partial?.Dispose();
        _partial = null;
        socket.Dispose();
    }

    private void ReadLast(GraphiteReader reader)
    {
        if (_isPickle) reader.Note("a pickle without its end"u8);
        else reader.ReadLines(_partial!.Span[.._length], isEnd: true); // the last line need not end
    }

    private static int ReadPickles(ReadOnlySpan<byte> all, GraphiteReader reader, out bool isRefused)
    {
        isRefused = false;
        int at = 0;
        while (all.Length - at >= LengthBytes)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(all[at..]);
            if (length > PickleReader.MaxMessageBytes)
            {
                isRefused = true;
                reader.Note("a pickle that is too long"u8);
            }
            if (isRefused || length > all.Length - at - LengthBytes) break;
            reader.ReadPickle(all.Slice(at + LengthBytes, (int)length));
            at += LengthBytes + (int)length;
        }
        return at;
    }

    /// <summary>Keeps what is not whole for the next time.</summary>
    private bool TryKeep(ReadOnlySpan<byte> rest, GraphiteReader reader)
    {
        int need = _isPickle ? PickleBytes(rest) : LineBlockBytes;
        if (rest.IsEmpty) Release();
        else if (!_isPickle && rest.Length > GraphiteDecoder.MaxLineBytes)
        {
            reader.Note(rest);
            return false;
        }
        else if (_partial is { } block && block.Length >= need)
        {
            rest.CopyTo(block.Span);
            _length = rest.Length;
        }
        else
        {
            if (NativeBlock.TryAllocate(budget, need) is not { } larger)
            {
                reader.Note("what is not whole, and there is no memory to wait for the rest"u8);
                return false;
            }
            rest.CopyTo(larger.Span);
            Release();
            (_partial, _length) = (larger, rest.Length);
        }
        return true;
    }

    /// <summary>All of the message that begins here, and room for the next one's beginning.</summary>
    private static int PickleBytes(ReadOnlySpan<byte> rest) =>
        LineBlockBytes + (rest.Length < LengthBytes ? 0 : (int)BinaryPrimitives.ReadUInt32BigEndian(rest));

    private void Release()
    {
        _partial?.Dispose();
        (_partial, _length) = (null, 0);
    }
}
