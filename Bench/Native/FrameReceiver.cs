using System;
using System.Runtime.InteropServices;

namespace Slungd.Bench.Native;

/// <summary>A WebSocket receiver in C (FrameReceiver.c), as the yardstick of ours.</summary>
internal sealed unsafe class FrameReceiver : IDisposable
{
    private const int BufferBytes = 2 << 20;

    private readonly nint _library;
    private readonly delegate* unmanaged<byte*, ulong, ulong*, ulong> _parse;
    private readonly delegate* unmanaged<int, byte*, ulong, ulong> _receive;
    private readonly byte* _buffer = (byte*)NativeMemory.AlignedAlloc(BufferBytes, 64);

    private FrameReceiver(nint library)
    {
        _library = library;
        _parse = (delegate* unmanaged<byte*, ulong, ulong*, ulong>)NativeLibrary.GetExport(library, "parse_frames");
        _receive = (delegate* unmanaged<int, byte*, ulong, ulong>)NativeLibrary.GetExport(library, "receive_frames");
    }

    public static FrameReceiver? TryCreate() =>
        GccLibrary.TryLoad(GccLibrary.SourceOfCaller()) is nint library ? new FrameReceiver(library) : null;

    /// <summary>Parses and unmasks in memory.</summary>
    /// <returns>The number of frames.</returns>
    public ulong Parse(Span<byte> bytes)
    {
        ulong frames = 0;
        fixed (byte* start = bytes) _parse(start, (ulong)bytes.Length, &frames);
        return frames;
    }

    /// <summary>Receives from a blocking socket until its peer ends.</summary>
    /// <returns>The number of frames.</returns>
    public ulong Receive(nint socket) => _receive((int)socket, _buffer, BufferBytes);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_buffer);
        NativeLibrary.Free(_library);
    }
}
