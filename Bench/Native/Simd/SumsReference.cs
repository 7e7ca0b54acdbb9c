using System;
using System.Runtime.InteropServices;

namespace Slungd.Bench.Native.Simd;

/// <summary>The sums of SumsReference.c.</summary>
internal sealed unsafe class SumsReference : IDisposable
{
    private readonly nint _library;

    private SumsReference(nint library) => _library = library;

    public static SumsReference? TryCreate() =>
        GccLibrary.TryLoad(GccLibrary.SourceOfCaller()) is nint library ? new SumsReference(library) : null;

    /// <summary>Calls the C function `sum_NAME`.</summary>
    public double Sum(string name, ReadOnlySpan<double> values)
    {
        var sum = (delegate* unmanaged<double*, nuint, double>)NativeLibrary.GetExport(_library, "sum_" + name);
        fixed (double* pointer = values) return sum(pointer, (nuint)values.Length);
    }

    public void Dispose() => NativeLibrary.Free(_library);
}
