using System;
using System.Runtime.InteropServices;
using Slungd.Bench.Native;

namespace Slungd.Bench.Engine.Codecs;

/// <summary>The decoder of UnpackReference.c, at a width of 9 bits.</summary>
internal sealed unsafe class UnpackReference : IDisposable
{
    public const int Width = 9;

    private readonly nint _library;
    private readonly delegate* unmanaged<byte*, nuint, long, double, double*, void> _unpack;

    private UnpackReference(nint library)
    {
        _library = library;
        _unpack = (delegate* unmanaged<byte*, nuint, long, double, double*, void>)
            NativeLibrary.GetExport(library, "unpack_9");
    }

    public static UnpackReference? TryCreate() =>
        GccLibrary.TryLoad(GccLibrary.SourceOfCaller()) is nint library ? new UnpackReference(library) : null;

    public void Unpack(ReadOnlySpan<byte> packed, int blocks, long origin, double divisor, Span<double> into)
    {
        fixed (byte* from = packed)
        fixed (double* to = into) _unpack(from, (nuint)blocks, origin, divisor, to);
    }

    public void Dispose() => NativeLibrary.Free(_library);
}
