using System;
using System.Buffers.Binary;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;

namespace Slungd.Ingest.Http;

/// <summary>The one message of a unary gRPC call (github.com/grpc/grpc, PROTOCOL-HTTP2.md):
/// <code>u8 compressed | u32 length, big-endian | message</code>
/// Ends where the message ends, and there must be nothing behind it.</summary>
internal sealed class GrpcMessageStream : ReadOnlyStream
{
    private const int PrefixBytes = 5;

    private readonly Stream _body;
    private long _left;

    private GrpcMessageStream(Stream body, bool isCompressed, uint length)
    {
        _body = body;
        _left = length;
        IsCompressed = isCompressed;
    }

    /// <summary>With the call's `grpc-encoding`.</summary>
    public bool IsCompressed { get; }

    /// <summary>Reads the prefix.</summary>
    /// <exception cref="BadHttpRequestException">There is none.</exception>
    public static async ValueTask<GrpcMessageStream> Open(Stream body, CancellationToken cancellation)
    {
        byte[] prefix = new byte[PrefixBytes];
        int read = await body.ReadAtLeastAsync(prefix, PrefixBytes, throwOnEndOfStream: false, cancellation);
        if (read < PrefixBytes || prefix[0] > 1) throw Broken();
        return new GrpcMessageStream(body, prefix[0] == 1, BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1)));
    }

    /// <exception cref="BadHttpRequestException">The message is cut, or another one follows.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return 0;
        if (_left == 0)
        {
            if (await _body.ReadAsync(buffer[..1], cancellationToken) > 0) throw Broken();
            return 0;
        }
        int read = await _body.ReadAsync(buffer[..(int)Math.Min(_left, buffer.Length)], cancellationToken);
        if (read == 0) throw Broken();
        _left -= read;
        return read;
    }

    private static BadHttpRequestException Broken() => new("expected one whole gRPC message");
}
