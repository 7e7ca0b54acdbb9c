using System;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Slungd.Native.Checks;

namespace Slungd.Native.Os;

/// <summary>
/// A file's bytes, read-only, in memory. Contract: the mapping (or copy) is owned by this object and lives until
/// Dispose; whoever hands out its spans keeps it alive longer than they are used (segments are reference-counted).
/// Nobody writes to it. Pages come from the disk when they are first touched.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private enum Backing : byte { Empty, Mapping, Copy, View }

    private readonly Backing _backing;
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private byte* _start;

    private MappedFile(Backing backing, byte* start, long length)
    {
        _backing = backing;
        _start = start;
        Length = length;
    }

    private MappedFile(MemoryMappedFile file, MemoryMappedViewAccessor view, long length)
    {
        _backing = Backing.View;
        _file = file;
        _view = view;
        Length = length;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    public long Length { get; }

    /// <summary>The bytes [offset, offset + length), which must lie inside the file.</summary>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        Invariant.Check(offset >= 0 && length >= 0 && offset <= Length - length);
        if (length == 0) return default;
        Invariant.Check(_start != null);
        return new ReadOnlySpan<byte>(_start + offset, length);
    }

    /// <summary>Maps an open file; the handle may be closed afterwards (except on Windows, which keeps its
    /// own).</summary>
    public static MappedFile Map(SafeFileHandle handle, string path, long length)
    {
        if (length == 0) return new MappedFile(Backing.Empty, null, 0);
        if (OperatingSystem.IsWindows())
        {
            var file = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read,
                System.IO.HandleInheritability.None, leaveOpen: false);
            return new MappedFile(file, file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read), length);
        }
        byte* start = SystemCalls.Map(null, (nint)length, SystemCalls.ProtectionRead, SystemCalls.MapShared,
            (int)handle.DangerousGetHandle(), 0);
        if ((nint)start == -1) throw DiskException.FromErrno("map", path, Marshal.GetLastPInvokeError());
        return new MappedFile(Backing.Mapping, start, length);
    }

    /// <summary>A copy of these bytes, for disks that have no files to map.</summary>
    public static MappedFile Copy(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return new MappedFile(Backing.Empty, null, 0);
        byte* start = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
        bytes.CopyTo(new Span<byte>(start, bytes.Length));
        return new MappedFile(Backing.Copy, start, bytes.Length);
    }

    /// <summary>Reads bytes from the disk now. False when it can't, or the file became shorter: to touch those bytes
    /// would end the process (SIGBUS). Where the system can't tell (Linux before 5.14) it is true.</summary>
    public bool TryLoad(long offset, int length)
    {
        Invariant.Check(offset >= 0 && length >= 0 && offset <= Length - length);
        if (_backing != Backing.Mapping || length == 0 || !OperatingSystem.IsLinux()) return true;
        int skip = (int)(offset & (Environment.SystemPageSize - 1));
        if (SystemCalls.AdviseMemory(_start + offset - skip, length + skip, SystemCalls.MemoryNeeded) == 0) return true;
        return Marshal.GetLastPInvokeError() is not (SystemCalls.BadAddress or SystemCalls.PoisonedMemory);
    }

    /// <summary>Gives back the memory of the pages that were read. Spans stay good: what is read again comes from the
    /// system's cache, or from the disk.</summary>
    public void Release()
    {
        if (_backing == Backing.Mapping && OperatingSystem.IsLinux())
            _ = SystemCalls.AdviseMemory(_start, (nint)Length, SystemCalls.MemoryNotNeeded);
    }

    /// <summary>Unmaps; spans handed out before are dead.</summary>
    public void Dispose()
    {
        byte* start = _start;
        if (start == null) return;
        _start = null;
        switch (_backing)
        {
            case Backing.Mapping:
                Invariant.Equal(SystemCalls.Unmap(start, (nint)Length), 0);
                break;
            case Backing.Copy:
                NativeMemory.Free(start);
                break;
            case Backing.View:
                _view!.SafeMemoryMappedViewHandle.ReleasePointer();
                _view.Dispose();
                _file!.Dispose();
                break;
        }
    }
}
