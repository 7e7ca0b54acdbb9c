using System;
using System.Collections.Generic;
using System.IO;
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

    private readonly int _maxPacked = IncomingBody.MaxPacked(maxBytes);
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
        if (!coding.Equals("identity", StringComparison.OrdinalIgnoreCase)) IncomingBody.AllowPacked(request);
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
                    await CopyAsync(from, body, maxBytes, cancellation);
                    return body;
                case "gzip" or "x-gzip":
                    await UnpackAsync(UnpackingStream.Gzip(from), body, cancellation);
                    return body;
                case "deflate":
                    await UnpackAsync(UnpackingStream.Zlib(from), body, cancellation);
                    return body;
                case "zstd" when ZstdDecoder.TryCreate() is { } decoder:
                    using (decoder) await UnpackAsync(from, decoder, body, cancellation);
                    return body;
                case "snappy":
                    await CopyAsync(from, body, _maxPacked, cancellation);
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
        try { return new NativeBufferWriter(budget, FirstBytes, _maxPacked); }
        catch (OutputTooLargeException) { throw NoMemory(); }
    }

    private static BadHttpRequestException NoMemory() => new("no memory for the body now: try again",
        StatusCodes.Status503ServiceUnavailable);

    private static BadHttpRequestException Broken(ZstdDecoder decoder) => new("the body can't be unpacked: "
        + (decoder.IsWindowTooLarge ? $"expected a window of at most {ZstdDecoder.WindowBytes} bytes"
            : "it is no zstd, or not whole"));

    private async ValueTask UnpackAsync(UnpackingStream unpacking, NativeBufferWriter body,
        CancellationToken cancellation)
    {
        await using (unpacking) await CopyAsync(unpacking, body, maxBytes, cancellation);
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
            for (bool isEmpty = true; ;)
            {
                Memory<byte> room = piece.GetMemory();
                int read = await packed.ReadAsync(room, cancellation);
                if (read == 0 ? isEmpty || !decoder.IsAtEnd : !TryUnpack(decoder, room.Span[..read], body))
                    throw Broken(decoder);
                if (read == 0) return;
                isEmpty = false;
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
        Span<byte> beyond = stackalloc byte[1];
        while (true)
        {
            Span<byte> room = body.WrittenCount < maxBytes ? Room(body, maxBytes).Span : beyond;
            if (!decoder.TryDecode(packed, room, out int taken, out int written)) return false;
            packed = packed[taken..];
            if (body.WrittenCount < maxBytes) body.Advance(written);
            else if (written > 0) throw IncomingBody.TooLong(maxBytes);
            if (packed.IsEmpty && (decoder.IsAtEnd || written < room.Length)) return true; // nothing is held back
        }
    }

    private async ValueTask CopyAsync(Stream from, NativeBufferWriter body, int limit, CancellationToken cancellation)
    {
        while (body.WrittenCount < limit)
        {
            int read = await from.ReadAsync(Room(body, limit), cancellation);
            if (read == 0) return;
            body.Advance(read);
        }
        if (await from.ReadAsync(new byte[1], cancellation) > 0) throw IncomingBody.TooLong(maxBytes);
    }

    /// <summary>Some of what is left below a limit that is not reached yet.</summary>
    private static Memory<byte> Room(NativeBufferWriter body, int limit)
    {
        try
        {
            Memory<byte> room = body.GetMemory();
            return room[..Math.Min(room.Length, limit - body.WrittenCount)];
        }
        catch (OutputTooLargeException) { throw NoMemory(); }
    }

    /// <summary>What to answer when a buffer can't grow: 503 when it was no longer than may be, else 413.</summary>
    public BadHttpRequestException TooLarge(NativeBufferWriter body) =>
        body.WrittenCount < maxBytes ? NoMemory() : IncomingBody.TooLong(maxBytes);

    private NativeBufferWriter UnpackSnappy(NativeBufferWriter packed)
    {
        if (!SnappyBlock.TryReadLength(packed.WrittenSpan, out int length))
            throw new BadHttpRequestException("expected a body in snappy's block format");
        if (length > maxBytes) throw IncomingBody.TooLong(maxBytes);
        NativeBufferWriter body = Rent();
        try
        {
            Span<byte> room = body.GetSpan(length)[..length];
            if (!SnappyBlock.TryDecode(packed.WrittenSpan, room))
                throw new BadHttpRequestException("the body is not whole or not in snappy's block format");
            body.Advance(length);
        }
        catch (Exception e)
        {
            Return(body);
            if (e is OutputTooLargeException) throw NoMemory();
            throw;
        }
        Return(packed);
        return body;
    }
}
