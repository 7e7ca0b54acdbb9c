using System;
using System.IO;
using System.Text;

namespace Slungd.Ingest.Hosting.Logging;

/// <summary>Standard error that never fails: what can't be written, since it is closed, or the disk behind it full, is
/// dropped, for there is nobody to tell. What comes later may be written again.</summary>
internal sealed class StandardError(Stream inner) : UnseekableStream
{
    private const int BufferChars = 1024;

    public override bool CanRead => false;

    public override bool CanWrite => true;

    /// <summary>From now on `Console.Error` is one.</summary>
    public static void Use() => Console.SetError(new StreamWriter(new StandardError(Console.OpenStandardError()),
        new UTF8Encoding(false), BufferChars) { AutoFlush = true });

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try { inner.Write(buffer); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // See above.
        }
    }

    public override void Flush()
    {
        // Nothing is held back here.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
