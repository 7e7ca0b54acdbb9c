using System;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Slungd.Native.Checks;
using Slungd.Native.Memory;

namespace Slungd.Native.Os;

// Contract: owns one block from the constructor to Dispose: first the kernel's headers, which point at the slots, then
// the slots. The block never moves, so the pointers are made once; the kernel writes lengths and flags, which nothing
// else reads. One thread. Layouts are those of 64-bit Linux, glibc and musl alike.

/// <summary>Receives many datagrams with one system call (recvmmsg(2)); elsewhere than on Linux one by one.</summary>
internal sealed unsafe class DatagramBatch : IDisposable
{
    /// <summary>The longest datagram; none of UDP is longer.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>Datagrams that one call may bring.</summary>
    public const int Capacity = 128;

    // Not a power of two apart: else all slots would fight for the same few lines of the cache.
    private const int SlotBytes = MaxBytes + 3 * 64;
    private const int HeaderBytes = Capacity * (64 + 16);

    private readonly NativeBlock _block;
    private readonly Header* _headers;
    private readonly byte* _slots;

    private DatagramBatch(NativeBlock block)
    {
        Invariant.Equal(sizeof(Header), 64);
        _block = block;
        _headers = (Header*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(block.Span));
        _slots = (byte*)_headers + HeaderBytes;
        block.Span[..HeaderBytes].Clear();
        Vector* vectors = (Vector*)(_headers + Capacity);
        for (int i = 0; i < Capacity; i++)
        {
            vectors[i] = new Vector { Start = _slots + i * SlotBytes, Length = MaxBytes };
            _headers[i].Vectors = vectors + i;
            _headers[i].VectorCount = 1;
        }
    }

    /// <summary>Null when the budget has less left than its addresses; memory is taken as datagrams need it.</summary>
    public static DatagramBatch? TryCreate(ByteBudget budget) =>
        NativeBlock.TryAllocate(budget, HeaderBytes + Capacity * SlotBytes) is { } block
            ? new DatagramBatch(block) : null;

    /// <summary>Receives what there is, without waiting.</summary>
    /// <returns>How many datagrams; fewer than <see cref="Capacity"/> when there were no more.</returns>
    public int Receive(Socket socket)
    {
        if (!OperatingSystem.IsLinux()) return ReceiveEach(socket);
        int got = SystemCalls.ReceiveMany((int)socket.Handle, (byte*)_headers, Capacity, SystemCalls.DoNotWait, null);
        return Math.Max(got, 0); // nothing there, or an error of an earlier datagram that is gone with this call
    }

    /// <summary>Datagram <paramref name="index"/> of the last call. Dead after the next one.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            DebugCheck.That((uint)index < Capacity);
            return new ReadOnlySpan<byte>(_slots + index * SlotBytes, (int)_headers[index].Received);
        }
    }

    /// <summary>The datagram was longer than its slot.</summary>
    public bool IsCut(int index) => (_headers[index].Flags & SystemCalls.Truncated) != 0;

    public void Dispose() => _block.Dispose();

    private int ReceiveEach(Socket socket)
    {
        int count = 0;
        while (count < Capacity)
        {
            Span<byte> slot = new(_slots + count * SlotBytes, MaxBytes);
            int got = socket.Receive(slot, SocketFlags.None, out SocketError error);
            if (error is not (SocketError.Success or SocketError.MessageSize)) break;
            _headers[count].Received = (uint)got;
            _headers[count++].Flags = error == SocketError.MessageSize ? SystemCalls.Truncated : 0;
        }
        return count;
    }

    /// <summary>struct iovec.</summary>
    private struct Vector
    {
        public byte* Start;
        public nuint Length;
    }

    /// <summary>struct mmsghdr.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    private struct Header
    {
        [FieldOffset(16)] public Vector* Vectors;
        [FieldOffset(24)] public nuint VectorCount;
        [FieldOffset(48)] public int Flags;
        [FieldOffset(56)] public uint Received;
    }
}
