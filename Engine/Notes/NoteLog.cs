using System;
using System.Buffers;
using System.Buffers.Binary;
using Slungd.Native.Bits;
using Slungd.Native.Checks;
using Slungd.Native.Os;

namespace Slungd.Engine.Notes;

/// <summary>A small file of records that are appended, never changed: what the notes of a data directory are kept in.
/// When most of it is out of date its owner writes it anew. Little-endian:
/// <code>
///  0  magic "SLZN" | 4  u16 version = 1 | 6  u16 kind | 8  u32 CRC32C of the bytes before
/// 12  records, each: u32 length | u32 CRC32C of the length and the body | body
/// </code>
/// Records become durable with <see cref="Sync"/>; a tail that was torn by a crash is cut off. Not thread-safe.
/// </summary>
internal sealed class NoteLog(IDisk disk, string directory, NoteFile note) : IDisposable
{
    public const int MaxRecordBytes = 256 * 1024;
    private const uint Magic = 0x4e5a4c53;
    private const ushort Version = 1;
    private const int HeaderBytes = 12;
    private const int RecordHeaderBytes = 8;

    /// <summary>What is appended between two calls of <see cref="Sync"/> waits in memory, so far.</summary>
    private const int MaxUnwrittenBytes = 1 << 20;

    private readonly string _path = directory + "/" + note.Name;
    private readonly ArrayBufferWriter<byte> _unwritten = new();
    private IDiskFile? _file;
    private long _end;
    private bool _isRewriting;

    /// <summary>So much was appended that it is not kept: only <see cref="Rewrite"/> makes the file complete.</summary>
    public bool IsOutgrown { get; private set; }

    /// <summary>Receives a record at <see cref="Open"/>.</summary>
    public delegate void Reader(ReadOnlySpan<byte> record);

    /// <summary>The file's length, what is not yet written included.</summary>
    public long Bytes => _end + _unwritten.WrittenCount;

    /// <summary>Opens the log of a data directory.</summary>
    /// <param name="disk">Where it is.</param>
    /// <param name="directory">The data directory.</param>
    /// <param name="note">Which log.</param>
    /// <param name="read">Called for each record.</param>
    /// <param name="log">Null while that goes on, and stays so when the disk fails.</param>
    /// <returns>False when the file is damaged at its head or not such a log: it was set aside as `NAME.corrupt`.
    /// </returns>
    /// <exception cref="DiskException">The disk fails.</exception>
    public static bool Open(IDisk disk, string directory, NoteFile note, Reader read, out NoteLog? log)
    {
        log = null;
        var opened = new NoteLog(disk, directory, note);
        try
        {
            bool isSound = opened.Open(read);
            log = opened;
            return isSound;
        }
        finally
        {
            if (log is null) opened.Dispose();
        }
    }

    /// <summary>Reads what is there, in order. A file that is absent is made when there is something to
    /// write.</summary>
    /// <param name="read">Called for each record.</param>
    /// <returns>False when the file is damaged at its head or not such a log: it was set aside as `NAME.corrupt`.
    /// </returns>
    /// <exception cref="DiskException">The disk fails.</exception>
    private bool Open(Reader read)
    {
        if (!disk.FileExists(_path)) return true;
        _file = disk.Open(_path);
        if (IsHeaderSound())
        {
            _end = Replay(read);
            if (_file.Length > _end) _file.SetLength(_end);
            return true;
        }
        _file.Dispose();
        _file = null;
        disk.Rename(_path, _path + ".corrupt");
        return false;
    }

    /// <summary>Reads the file and changes nothing.</summary>
    /// <param name="length">The file's length.</param>
    /// <returns>Where the sound part ends: the length in a sound file, 0 when even the head is not.</returns>
    /// <exception cref="DiskException">It can't be read.</exception>
    public long FindEnd(out long length)
    {
        using IDiskFile file = _file = disk.OpenRead(_path);
        length = file.Length;
        long end = IsHeaderSound() ? Replay(static _ => { }) : 0;
        _file = null;
        return end;
    }

    /// <summary>Adds a record, at most <see cref="MaxRecordBytes"/> long.</summary>
    public void Append(ReadOnlySpan<byte> record)
    {
        Invariant.Check(record.Length <= MaxRecordBytes);
        if (IsOutgrown) return;
        Span<byte> to = _unwritten.GetSpan(RecordHeaderBytes + record.Length);
        BinaryPrimitives.WriteInt32LittleEndian(to, record.Length);
        record.CopyTo(to[RecordHeaderBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(to[4..], ChecksumOf(to[..4], record));
        _unwritten.Advance(RecordHeaderBytes + record.Length);
        if (_unwritten.WrittenCount < MaxUnwrittenBytes) return;
        if (_isRewriting)
        {
            Write();
            return;
        }
        IsOutgrown = true;
        _unwritten.ResetWrittenCount();
    }

    /// <summary>Makes what was appended durable. What failed is tried again with the next call.</summary>
    /// <exception cref="DiskException">The disk fails.</exception>
    public void Sync()
    {
        if (_unwritten.WrittenCount == 0) return;
        if (_file is null)
        {
            using IDiskFile first = Begin(_path + ".tmp");
            disk.Rename(_path + ".tmp", _path);
            disk.SyncDirectory(directory);
            (_file, _end) = (disk.Open(_path), HeaderBytes);
        }
        Write();
        _file.SyncData();
    }

    /// <summary>Replaces all records by those that <paramref name="writeAll"/> appends, in one step.</summary>
    /// <exception cref="DiskException">The disk fails; the former file is still there.</exception>
    public void Rewrite(Action writeAll)
    {
        _unwritten.ResetWrittenCount();
        (_isRewriting, IsOutgrown) = (true, false);
        IDiskFile? former = _file;
        long formerEnd = _end;
        try
        {
            (_file, _end) = (Begin(_path + ".tmp"), HeaderBytes);
            writeAll();
            Write();
            _file.SyncData();
            disk.Rename(_path + ".tmp", _path);
            disk.SyncDirectory(directory);
        }
        catch (DiskException)
        {
            if (_file != former) _file?.Dispose();
            (_file, _end) = (former, formerEnd);
            _unwritten.ResetWrittenCount();
            IsOutgrown = true; // what was appended before is not in the former file
            throw;
        }
        finally { _isRewriting = false; }
        former?.Dispose();
    }

    public void Dispose() => _file?.Dispose();

    private void Write()
    {
        _file!.WriteAt(_end, _unwritten.WrittenSpan);
        _end += _unwritten.WrittenCount;
        _unwritten.ResetWrittenCount();
    }

    private static uint ChecksumOf(ReadOnlySpan<byte> length, ReadOnlySpan<byte> body) =>
        Crc32C.Append(Crc32C.Of(length), body);

    private IDiskFile Begin(string path)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], note.Kind);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Crc32C.Of(header[..8]));
        IDiskFile file = disk.Create(path);
        try
        {
            file.WriteAt(0, header);
            file.Sync();
            return file;
        }
        catch (DiskException)
        {
            file.Dispose();
            throw;
        }
    }

    private bool IsHeaderSound()
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        return _file!.ReadAt(0, header) == HeaderBytes
            && BinaryPrimitives.ReadUInt32LittleEndian(header) == Magic
            && BinaryPrimitives.ReadUInt16LittleEndian(header[4..]) == Version
            && BinaryPrimitives.ReadUInt16LittleEndian(header[6..]) == note.Kind
            && BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) == Crc32C.Of(header[..8]);
    }

    /// <summary>Returns where the last sound record ends.</summary>
    private long Replay(Reader read)
    {
        Span<byte> head = stackalloc byte[RecordHeaderBytes];
        byte[] body = new byte[4096];
        long end = HeaderBytes;
        while (_file!.ReadAt(end, head) == RecordHeaderBytes)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(head);
            if (length > MaxRecordBytes) break;
            if (length > body.Length) body = new byte[MaxRecordBytes];
            Span<byte> record = body.AsSpan(0, (int)length);
            if (_file.ReadAt(end + RecordHeaderBytes, record) != length) break;
            if (ChecksumOf(head[..4], record) != BinaryPrimitives.ReadUInt32LittleEndian(head[4..])) break;
            read(record);
            end += RecordHeaderBytes + length;
        }
        return end;
    }
}
