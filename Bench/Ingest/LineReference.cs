using System;
using System.Runtime.InteropServices;
using Slungd.Bench.Native;

namespace Slungd.Bench.Ingest;

/// <summary>Lines taken apart by C (LineReference.c). Needs gcc; without it there is no reference.</summary>
internal sealed unsafe class LineReference : IDisposable
{
    private readonly nint _library;
    private readonly delegate* unmanaged<byte*, nuint, double> _read;

    private LineReference(nint library)
    {
        _library = library;
        _read = (delegate* unmanaged<byte*, nuint, double>)NativeLibrary.GetExport(library, "read_lines");
    }

    public static LineReference? TryCreate() =>
        GccLibrary.TryLoad(GccLibrary.SourceOfCaller()) is nint library ? new LineReference(library) : null;

    public double Read(ReadOnlySpan<byte> lines)
    {
        fixed (byte* first = lines) return _read(first, (nuint)lines.Length);
    }

    public void Dispose() => NativeLibrary.Free(_library);
}
