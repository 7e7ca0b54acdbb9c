using System;
using System.IO;
using System.IO.Compression;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;

namespace Slungd.Ingest.Http;

/// <summary>Unpacks a body that is exactly one text in gzip (RFC 1952: one member or more) or in zlib's format
/// (RFC 1950). <see cref="GZipStream"/> and <see cref="ZLibStream"/> alone take what was cut for whole, and pass over
/// what stands behind the end. To be read by ReadAsync.</summary>
internal sealed class UnpackingStream : ReadOnlyStream
{
    private readonly Packed _packed;
    private readonly Stream _unpacking;

    private UnpackingStream(Stream from, bool isGzip)
    {
        _packed = new Packed(from, isGzip);
        _unpacking = isGzip ? new GZipStream(_packed, CompressionMode.Decompress)
            : new ZLibStream(_packed, CompressionMode.Decompress);
    }

    public static UnpackingStream Gzip(Stream from) => new(from, isGzip: true);

    public static UnpackingStream Zlib(Stream from) => new(from, isGzip: false);

    /// <exception cref="BadHttpRequestException">400: it is damaged, packed in another way, empty, cut, or something
    /// else stands behind it.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try { read = await _unpacking.ReadAsync(buffer, cancellationToken); }
        catch (Exception e) when (IsOfUnpacking(e)) { throw Broken(e); }
        if (read == 0 && !buffer.IsEmpty && !_packed.IsUsedUp) throw Broken(null);
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _unpacking.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>An IOException that is not the body's own is ZLibException, as of a dictionary that we don't have.
    /// </summary>
    private static bool IsOfUnpacking(Exception e) => e is InvalidDataException
        or (IOException and not (BadHttpRequestException or ClientLeftException));

    private static BadHttpRequestException Broken(Exception? cause) => new("the body can't be unpacked: it is damaged, "
        + "not whole, not alone, or packed in another way", StatusCodes.Status400BadRequest, cause!);

    /// <summary>What is packed, on its way to one of the two. They ask for more only when they have used up what they
    /// have and not come to an end: so the last byte is given alone, and asked for by whom it belongs to. Behind an end
    /// GZipStream asks for the beginning of a member once more, and is given a byte that is none.</summary>
    private sealed class Packed(Stream from, bool isGzip) : ReadOnlyStream
    {
        private enum Step : byte { Body, Last, Behind, Nothing }

        private Step _next = Step.Body;
        private bool _hasHeld;
        private byte _held; // the last byte so far

        /// <summary>All was asked for, and nothing beyond it. Known once everything is unpacked.</summary>
        public bool IsUsedUp { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer,
            CancellationToken cancellationToken = default)
        {
            if (buffer.Length < 2) throw new ArgumentException("expected room for two bytes", nameof(buffer));
            while (_next == Step.Body)
            {
                int held = _hasHeld ? 1 : 0;
                int read = await from.ReadAsync(buffer[held..], cancellationToken);
                if (read == 0)
                {
                    _next = _hasHeld ? Step.Last : Step.Nothing;
                    break;
                }
                if (_hasHeld) buffer.Span[0] = _held;
                read += held;
                _held = buffer.Span[read - 1];
                _hasHeld = true;
                if (read > 1) return read - 1;
            }
            switch (_next)
            {
                case Step.Last:
                    buffer.Span[0] = _held;
                    _next = isGzip ? Step.Behind : Step.Nothing;
                    IsUsedUp = !isGzip;
                    return 1;
                case Step.Behind:
                    buffer.Span[0] = 0;
                    _next = Step.Nothing;
                    IsUsedUp = true;
                    return 1;
                default:
                    IsUsedUp = false; // it would have needed more
                    return 0;
            }
        }
    }
}
