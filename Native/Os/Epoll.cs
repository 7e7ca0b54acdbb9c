using System;
using System.IO;
using System.Runtime.InteropServices;
using Slungd.Native.Checks;

namespace Slungd.Native.Os;

// Contract: owns an epoll instance, an eventfd and a buffer of events until Dispose. Wait, Add, Change, Remove: one
// thread. Wake: any thread, but not after Dispose (the caller sees to that). The kernel's struct is packed on x86-64
// (u32 events, u64 data) and padded to 16 bytes elsewhere.

/// <summary>Readiness of many files at once (epoll(7), level-triggered). Linux only.</summary>
internal sealed unsafe class Epoll : IDisposable
{
    private const int MaxEvents = 256;
    private const uint WakeToken = uint.MaxValue;
    private static readonly int ItemBytes = IsPacked ? 12 : 16;
    private static readonly int DataOffset = IsPacked ? 4 : 8;

    private readonly int _epoll;
    private readonly int _wake;
    private readonly byte* _items;
    private bool _disposed;

    public Epoll()
    {
        _epoll = SystemCalls.EpollCreate(SystemCalls.CloseOnExec);
        if (_epoll < 0) ThrowErrno("epoll_create1");
        _wake = SystemCalls.EventFile(0, SystemCalls.CloseOnExec | SystemCalls.NonBlocking);
        if (_wake < 0) ThrowErrno("eventfd");
        _items = (byte*)NativeMemory.AllocZeroed((nuint)(MaxEvents * ItemBytes));
        Control(SystemCalls.EpollAdd, _wake, SystemCalls.EpollIn, WakeToken);
    }

    private static bool IsPacked => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>Watches a file. Hang-ups and errors are always reported.</summary>
    /// <param name="file">The descriptor.</param>
    /// <param name="token">What <see cref="Token"/> will say.</param>
    /// <param name="read">Report when it can be read.</param>
    /// <param name="write">Report when it can be written.</param>
    public void Add(int file, uint token, bool read, bool write) =>
        Control(SystemCalls.EpollAdd, file, Events(read, write), token);

    public void Change(int file, uint token, bool read, bool write) =>
        Control(SystemCalls.EpollModify, file, Events(read, write), token);

    public void Remove(int file) => Control(SystemCalls.EpollDelete, file, 0, 0);

    /// <summary>Waits until something is ready, <see cref="Wake"/> is called, or the time is over.</summary>
    /// <param name="timeoutMs">-1 waits for ever.</param>
    /// <param name="woken">True when Wake was called since the last wait.</param>
    /// <returns>How many files are ready.</returns>
    public int Wait(int timeoutMs, out bool woken)
    {
        woken = false;
        int count = SystemCalls.EpollWait(_epoll, _items, MaxEvents, timeoutMs);
        if (count < 0)
        {
            if (Marshal.GetLastPInvokeError() != SystemCalls.ErrnoInterrupted) ThrowErrno("epoll_wait");
            return 0;
        }
        for (int i = 0; i < count; i++)
        {
            if (Token(i) != WakeToken) continue;
            woken = true;
            ulong drained;
            SystemCalls.Read(_wake, (byte*)&drained, sizeof(ulong));
            count--;
            new ReadOnlySpan<byte>(Item(count), ItemBytes).CopyTo(new Span<byte>(Item(i), ItemBytes));
            break;
        }
        return count;
    }

    /// <summary>Of the ready file <paramref name="index"/>.</summary>
    public uint Token(int index) => *(uint*)(Item(index) + DataOffset);

    public bool CanRead(int index) =>
        (*(uint*)Item(index) & (SystemCalls.EpollIn | SystemCalls.EpollError | SystemCalls.EpollHangUp)) != 0;

    public bool CanWrite(int index) =>
        (*(uint*)Item(index) & (SystemCalls.EpollOut | SystemCalls.EpollError | SystemCalls.EpollHangUp)) != 0;

    /// <summary>Both directions are closed, or there was an error.</summary>
    public bool IsBroken(int index) => (*(uint*)Item(index) & (SystemCalls.EpollError | SystemCalls.EpollHangUp)) != 0;

    /// <summary>Ends the current or next <see cref="Wait"/>. Any thread.</summary>
    public void Wake()
    {
        ulong one = 1;
        SystemCalls.WriteEvent(_wake, (byte*)&one, sizeof(ulong)); // a full counter wakes as well
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        NativeMemory.Free(_items);
        SystemCalls.Close(_wake);
        SystemCalls.Close(_epoll);
    }

    private byte* Item(int index)
    {
        DebugCheck.That((uint)index < MaxEvents);
        return _items + index * ItemBytes;
    }

    private static uint Events(bool read, bool write) =>
        (read ? SystemCalls.EpollIn : 0) | (write ? SystemCalls.EpollOut : 0);

    private void Control(int operation, int file, uint events, uint token)
    {
        byte* item = stackalloc byte[16];
        *(uint*)item = events;
        *(ulong*)(item + DataOffset) = token;
        if (SystemCalls.EpollControl(_epoll, operation, file, item) != 0) ThrowErrno("epoll_ctl");
    }

    private static void ThrowErrno(string call) =>
        throw new IOException($"FATAL: {call}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
}
