using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Ingest.Protocols.Snappy;
using Slungd.Native.Memory;
using Slungd.Native.Os;

namespace Slungd.Ingest.Http;

/// <summary>Reads whole request bodies into native memory, uncompressed: identity, gzip, deflate (zlib, RFC 9110,
/// section 8.4.1.2), snappy's block format, or zstd where its library is. A body that unpacks to more than the limit
/// is refused before it is there.
/// </summary>
/// <param name="budget">Pays for all bodies at once.</param>
/// <param name="maxBytes">The longest body, unpacked.</param>
internal sealed class RequestBodies(ByteBudget budget, int maxBytes)
{
    private const int FirstBytes = 64 * 1024;
    private const int MaxSpareBytes = 4 * 1024 * 1024; // of each buffer that is kept, and of all for each processor

    private readonly Stack<NativeBufferWriter> _spare = new(); // under its own lock
    private long _spareBytes; // of all of them

    /// <summary>Reads the body of a request.</summary>
    /// <param name="request">Not read yet.</param>
    /// <param name="isSnappyAssumed">A body without Content-Encoding is snappy, as remote write demands.</param>
    /// <param name="cancellation">The client has gone.</param>
    /// <returns>The body; give it back with <see cref="Return"/>.</returns>
    /// <exception cref="BadHttpRequestException">400 when it can't be unpacked, 413 when it is too long, 415 when it is
    /// packed in another way, 503 when there is no memory for it.</exception>
    public ValueTask<NativeBufferWriter> ReadAsync(HttpRequest request, bool isSnappyAssumed,
        CancellationToken cancellation)
    {
        string coding = request.Headers.ContentEncoding.ToString();
        if (coding.Length == 0) coding = isSnappyAssumed ? "snappy" : "identity";
        return ReadAsync(request.Body, coding, cancellation);
    }

    /// <summary>The same for a body that is not, or not only, the request's.</summary>
    /// <param name="from">Read to its end.</param>
    /// <param name="coding">A name of Content-Encoding.</param>
    /// <param name="cancellation">The client has gone.</param>
    public async ValueTask<NativeBufferWriter> ReadAsync(Stream from, string coding, CancellationToken cancellation)
    {
        NativeBufferWriter body = Rent();
        try
        {
            switch (coding.ToLowerInvariant())
            {
                case "identity":
                    await CopyAsync(from, body, cancellation);
                    return body;
                case "gzip" or "x-gzip":
                    PackedStream gzip = new(from);
                    await UnpackAsync(gzip, new GZipStream(gzip, CompressionMode.Decompress), body, cancellation);
                    return body;
                case "deflate":
                    PackedStream zlib = new(from);
                    await UnpackAsync(zlib, new ZLibStream(zlib, CompressionMode.Decompress), body, cancellation);
                    return body;
                case "zstd" when ZstdDecoder.TryCreate() is { } decoder:
                    using (decoder) await UnpackAsync(from, decoder, body, cancellation);
                    return body;
                case "snappy":
                    await CopyAsync(from, body, cancellation);
                    return UnpackSnappy(body);
                default:
                    throw new BadHttpRequestException(
                        "expected Content-Encoding identity, gzip, deflate or snappy, or zstd where libzstd is, got "
                        + coding,
                        StatusCodes.Status415UnsupportedMediaType);
            }
        }
        catch
        {
            Return(body);
            throw;
        }
    }

    public void Return(NativeBufferWriter body)
    {
        body.Clear();
        // A body packed and unpacked takes two: fewer kept than are in use would be mapped and touched anew each time.
        lock (_spare)
        {
            bool isKept = body.Capacity <= MaxSpareBytes &&
                _spareBytes + body.Capacity <= (long)MaxSpareBytes * Environment.ProcessorCount;
            if (isKept)
            {
                _spareBytes += body.Capacity;
                _spare.Push(body);
                return;
            }
        }
        body.Dispose();
    }

    /// <summary>An empty buffer, paid for as bodies are; give it back with <see cref="Return"/>.</summary>
    /// <exception cref="BadHttpRequestException">503: there is no memory for it.</exception>
    public NativeBufferWriter Rent()
    {
        lock (_spare)
        {
            if (_spare.TryPop(out NativeBufferWriter? spare))
            {
                _spareBytes -= spare.Capacity;
                return spare;
            }
        }
        try { return new NativeBufferWriter(budget, FirstBytes, maxBytes); }
        catch (OutputTooLargeException) { throw NoMemory(); }
    }

    private static BadHttpRequestException NoMemory() => new("no memory for the body now: try again",
        StatusCodes.Status503ServiceUnavailable);

    private async ValueTask UnpackAsync(PackedStream packed, Stream unpacking, NativeBufferWriter body,
        CancellationToken cancellation)
    {
        await using (unpacking)
        {
            try { await CopyAsync(unpacking, body, cancellation); }
            catch (InvalidDataException e)
            {
                throw new BadHttpRequestException("the body can't be unpacked: it is damaged, or packed in another way",
                    StatusCodes.Status400BadRequest, e);
            }
        }
        if (packed.IsCut) throw new BadHttpRequestException("the body can't be unpacked: it is cut");
    }

    /// <summary>Zstandard: its frames lie one behind the other.</summary>
    private async ValueTask UnpackAsync(Stream packed, ZstdDecoder decoder, NativeBufferWriter body,
        CancellationToken cancellation)
    {
        if (!budget.TryTake(ZstdDecoder.WindowBytes)) throw NoMemory();
        NativeBufferWriter? piece = null;
        try
        {
            piece = Rent();
            while (true)
            {
                Memory<byte> room = piece.GetMemory();
                int read = await packed.ReadAsync(room, cancellation);
                if (read == 0 ? !decoder.IsAtEnd : !TryUnpack(decoder, room.Span[..read], body))
                    throw new BadHttpRequestException("the body can't be unpacked: it is no zstd, or not whole");
                if (read == 0) return;
            }
        }
        finally
        {
            if (piece is not null) Return(piece);
            budget.Return(ZstdDecoder.WindowBytes);
        }
    }

    private bool TryUnpack(ZstdDecoder decoder, ReadOnlySpan<byte> packed, NativeBufferWriter body)
    {
        while (true)
        {
            Span<byte> room = Room(body, 1).Span;
            if (!decoder.TryDecode(packed, room, out int taken, out int written)) return false;
            packed = packed[taken..];
            body.Advance(written);
            if (packed.IsEmpty && (decoder.IsAtEnd || written < room.Length)) return true; // nothing is held back
        }
    }

    private async ValueTask CopyAsync(Stream from, NativeBufferWriter body, CancellationToken cancellation)
    {
        while (true)
        {
            Memory<byte> room = Room(body, 1);
            int read = await from.ReadAsync(room, cancellation);
            if (read == 0) return;
            body.Advance(read);
        }
    }

    private Memory<byte> Room(NativeBufferWriter body, int bytes)
    {
        try { return body.GetMemory(bytes); }
        catch (OutputTooLargeException) { throw TooLarge(body, bytes); }
    }

    /// <summary>What to answer when a buffer can't grow: 503 when it was no longer than may be, else 413.</summary>
    public BadHttpRequestException TooLarge(NativeBufferWriter body, int bytes = 1) =>
        (long)body.WrittenCount + bytes <= maxBytes ? NoMemory() : new BadHttpRequestException(
            $"expected a body of at most {maxBytes} bytes, unpacked", StatusCodes.Status413PayloadTooLarge);

    private NativeBufferWriter UnpackSnappy(NativeBufferWriter packed)
    {
        if (!SnappyBlock.TryReadLength(packed.WrittenSpan, out int length))
            throw new BadHttpRequestException("expected a body in snappy's block format");
        NativeBufferWriter body = Rent();
        try
        {
            Span<byte> room = Room(body, Math.Max(1, length)).Span[..length];
            if (!SnappyBlock.TryDecode(packed.WrittenSpan, room))
                throw new BadHttpRequestException("the body is not whole or not in snappy's block format");
            body.Advance(length);
        }
        catch
        {
            Return(body);
            throw;
        }
        Return(packed);
        return body;
    }
}
