using System;
using System.Runtime.InteropServices;
using Slungd.Engine.Model;

namespace Slungd.Bench.Native;

/// <summary>The same rows appended by C to raw columns (RawColumns.c): what the memory of this machine allows.
/// Needs gcc; without it there is no reference and ratios are left out.</summary>
internal sealed unsafe class RawColumns : IDisposable
{
    private const int ColumnBytes = 1024 * 8;

    private struct Columns
    {
        public long* Timestamps;
        public ulong* Values;
        public ulong Count; // u32 and padding, written by C only
    }

    private readonly nint _library;
    private readonly delegate* unmanaged<EventRow*, nuint, Columns*, void> _append;
    private readonly Columns* _columns;
    private readonly int _series;

    private RawColumns(nint library, int series)
    {
        _library = library;
        _append = (delegate* unmanaged<EventRow*, nuint, Columns*, void>)
            NativeLibrary.GetExport(library, "append_rows");
        _series = series;
        _columns = (Columns*)NativeMemory.AllocZeroed((nuint)series, (nuint)sizeof(Columns));
        for (int i = 0; i < series; i++)
        {
            _columns[i].Count = 0;
            _columns[i].Timestamps = (long*)NativeMemory.AllocZeroed(ColumnBytes);
            _columns[i].Values = (ulong*)NativeMemory.AllocZeroed(ColumnBytes);
        }
    }

    public static RawColumns? TryCreate(int series) =>
        GccLibrary.TryLoad(GccLibrary.SourceOfCaller()) is nint library ? new RawColumns(library, series) : null;

    public void Append(ReadOnlySpan<EventRow> rows)
    {
        fixed (EventRow* pointer = rows) _append(pointer, (nuint)rows.Length, _columns);
    }

    public void Dispose()
    {
        for (int i = 0; i < _series; i++)
        {
            NativeMemory.Free(_columns[i].Timestamps);
            NativeMemory.Free(_columns[i].Values);
        }
        NativeMemory.Free(_columns);
        NativeLibrary.Free(_library);
    }
}
