using System;
using System.Runtime.InteropServices;

namespace Slungd.Bench.Native;

/// <summary>The compensated sum of a flat array in C (CompensatedSum.c): what AVG and SUM are measured against. Needs
/// gcc.</summary>
internal sealed unsafe class CompensatedSum : IDisposable
{
    private readonly nint _library;
    private readonly delegate* unmanaged<double*, nuint, double> _sum;

    private CompensatedSum(nint library)
    {
        _library = library;
        _sum = (delegate* unmanaged<double*, nuint, double>)NativeLibrary.GetExport(library, "compensated_sum");
    }

    public static CompensatedSum? TryCreate() =>
        GccLibrary.TryLoad(GccLibrary.SourceOfCaller()) is nint library ? new CompensatedSum(library) : null;

    public double Sum(ReadOnlySpan<double> values)
    {
        fixed (double* pointer = values) return _sum(pointer, (nuint)values.Length);
    }

    public void Dispose() => NativeLibrary.Free(_library);
}
