using System;
using System.Buffers;
using System.Collections.Generic;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks;

namespace Slungd.Native.Os;

/// <summary>Sends what lies in several pieces with one system call: blocks of a pipe have four kilobytes, and a call
/// for each costs more than the copy of its bytes, at the client's end, too.</summary>
internal static class GatheringSend
{
    private const int MaxPieces = 64; // the kernel takes 1,024

    /// <summary>Sends the front part of a sequence; mostly that is all of it.</summary>
    /// <param name="socket">Connected.</param>
    /// <param name="bytes">Not empty.</param>
    /// <param name="room">Overwritten; nobody else may use it until the bytes are sent.</param>
    /// <returns>How many bytes were sent, at least one.</returns>
    public static ValueTask<int> SendSome(Socket socket, in ReadOnlySequence<byte> bytes, List<ArraySegment<byte>> room)
    {
        if (bytes.IsSingleSegment) return socket.SendAsync(bytes.First, SocketFlags.None);
        room.Clear();
        foreach (ReadOnlyMemory<byte> piece in bytes)
        {
            if (piece.IsEmpty) continue; // the rest of a block that was sent
            bool isArray = MemoryMarshal.TryGetArray(piece, out ArraySegment<byte> array);
            if (!isArray && room.Count == 0) return socket.SendAsync(piece, SocketFlags.None);
            if (!isArray || room.Count == MaxPieces) break;
            room.Add(array);
        }
        return new ValueTask<int>(socket.SendAsync(room, SocketFlags.None));
    }
}
