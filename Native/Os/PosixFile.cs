using System;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Slungd.Native.Os;

/// <summary>An open file of the real disk.</summary>
internal sealed class PosixFile(SafeFileHandle handle, string path) : IDiskFile
{
    public long Length
    {
        get
        {
            try { return RandomAccess.GetLength(handle); }
            catch (Exception e) when (PosixDisk.IsDisk(e)) { throw DiskException.From("measure", path, e); }
        }
    }

    public int ReadAt(long offset, Span<byte> into)
    {
        try
        {
            int total = 0;
            while (total < into.Length)
            {
                int count = RandomAccess.Read(handle, into[total..], offset + total);
                if (count == 0) break;
                total += count;
            }
            return total;
        }
        catch (Exception e) when (PosixDisk.IsDisk(e)) { throw DiskException.From("read", path, e); }
    }

    public void WriteAt(long offset, ReadOnlySpan<byte> bytes)
    {
        try { RandomAccess.Write(handle, bytes, offset); }
        catch (Exception e) when (PosixDisk.IsDisk(e)) { throw DiskException.From("write", path, e); }
    }

    public void SyncData()
    {
        if (!OperatingSystem.IsLinux())
        {
            Sync();
            return;
        }
        while (SystemCalls.SyncData((int)handle.DangerousGetHandle()) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno != SystemCalls.ErrnoInterrupted) throw DiskException.FromErrno("sync", path, errno);
        }
    }

    public void Sync()
    {
        try { RandomAccess.FlushToDisk(handle); }
        catch (Exception e) when (PosixDisk.IsDisk(e)) { throw DiskException.From("sync", path, e); }
    }

    public bool Preallocate(long length)
    {
        if (length <= Length) return true;
        if (OperatingSystem.IsLinux())
        {
            if (SystemCalls.Allocate((int)handle.DangerousGetHandle(), 0, 0, length) == 0) return true;
            int errno = Marshal.GetLastPInvokeError();
            if (errno is SystemCalls.ErrnoNoSpace or SystemCalls.ErrnoTooLarge)
                throw DiskException.FromErrno("reserve room for", path, errno);
        }
        SetLength(length);
        return false;
    }

    public void SetLength(long length)
    {
        try { RandomAccess.SetLength(handle, length); }
        catch (Exception e) when (PosixDisk.IsDisk(e)) { throw DiskException.From("set the length of", path, e); }
    }

    public void BeginSync(long offset, long length)
    {
        if (OperatingSystem.IsLinux())
            _ = SystemCalls.SyncRange((int)handle.DangerousGetHandle(), offset, length, SystemCalls.SyncRangeWrite);
    }

    public bool TryWriteDirectly(bool isDirect)
    {
        if (!OperatingSystem.IsLinux()) return false;
        int file = (int)handle.DangerousGetHandle();
        int flags = SystemCalls.ControlFile(file, SystemCalls.GetFileFlags, 0);
        if (flags < 0) return false;
        flags = isDirect ? flags | SystemCalls.Direct : flags & ~SystemCalls.Direct;
        return SystemCalls.ControlFile(file, SystemCalls.SetFileFlags, flags) == 0; // tmpfs, for one, refuses
    }

    public void Dispose() => handle.Dispose();
}
