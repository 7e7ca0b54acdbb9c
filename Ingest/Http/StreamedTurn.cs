using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;

namespace Slungd.Ingest.Http;

/// <summary>A turn at a <see cref="QueryGate"/> for an answer that is read from the store while it is sent. Stands
/// before the response's body until it is disposed, and gives the turn to others while that waits for the client: few
/// slow ones would stop all queries.</summary>
internal sealed class StreamedTurn : UnseekableStream
{
    private readonly QueryGate _gate;
    private readonly HttpContext _context;
    private readonly object _client;
    private readonly Stream _body;
    private bool _isPaused, _isDisposed;

    /// <param name="gate">The turn was given there.</param>
    /// <param name="context">Whose answer it is.</param>
    /// <param name="client">Who gets it.</param>
    public StreamedTurn(QueryGate gate, HttpContext context, object client)
    {
        _gate = gate;
        _context = context;
        _client = client;
        _body = context.Response.Body;
        context.Response.Body = this;
    }

    public override bool CanRead => false;

    public override bool CanWrite => true;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        WithoutTurn(_body.WriteAsync(buffer, cancellationToken));

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) =>
        WithoutTurn(new ValueTask(_body.FlushAsync(cancellationToken))).AsTask();

    public override void Flush() => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (_isDisposed || !disposing) return;
        _isDisposed = true;
        _context.Response.Body = _body;
        if (_isPaused) _gate.EndPause(_client);
        else _gate.Leave();
        base.Dispose(disposing);
    }

    /// <summary>After a failure, and when the client left while others had the turn, it stays with them.</summary>
    private ValueTask WithoutTurn(ValueTask writing) =>
        writing.IsCompletedSuccessfully || _isPaused ? writing : Wait(writing);

    private async ValueTask Wait(ValueTask writing)
    {
        _isPaused = true;
        _gate.Pause(_client);
        await writing;
        await _gate.Resume(_client, _context.RequestAborted);
        _isPaused = false;
    }
}
