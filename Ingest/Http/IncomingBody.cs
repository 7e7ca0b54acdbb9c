using System;
using System.Buffers;
using System.IO;
using System.IO.Pipelines;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Slungd.Ingest.Http;

/// <summary>A request's body as it comes, bounded in length and time. Only its content counts, not how it is cut into
/// chunks. An uplink may be as slow as it likes and pause, but not for ever: what it brought holds memory.</summary>
internal sealed class IncomingBody : ReadOnlyStream
{
    /// <summary>Of a sender that still lives; as long as a connection may be idle.</summary>
    public static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(30);

    /// <summary>From the first look at the body.</summary>
    public static readonly TimeSpan MaxTime = TimeSpan.FromHours(1);

    private readonly PipeReader _from;
    private readonly int _maxBytes;
    private readonly long? _announced;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private ITimer? _patience;
    private long _allowed, _read;

    /// <param name="from">The server's. A read of it is ended by CancelPendingRead, and looked at: after one that ended
    /// otherwise Kestrel could not skip the rest, and would say so in the log.</param>
    /// <param name="maxBytes">The longest content, unpacked.</param>
    /// <param name="announced">Content-Length.</param>
    /// <param name="clock">For the pauses.</param>
    public IncomingBody(PipeReader from, int maxBytes, long? announced, TimeProvider clock)
    {
        _from = from;
        _allowed = _maxBytes = maxBytes;
        _announced = announced;
        _clock = clock;
        _start = clock.GetTimestamp();
    }

    /// <summary>How long a body of so much content may be, packed: snappy makes at most a sixth more of it, the others
    /// less.</summary>
    public static int MaxPacked(int maxBytes) => (int)Math.Min(1L << 30, maxBytes + maxBytes / 6 + 1024L);

    /// <summary>Puts it before whoever reads the request's body, when there is one.</summary>
    public static void Bound(HttpContext context, int maxBytes, TimeProvider clock)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }) return;
        HttpRequest request = context.Request;
        request.Body = new IncomingBody(request.BodyReader, maxBytes, request.ContentLength, clock);
    }

    /// <summary>For who unpacks the body or takes it from a frame, and then looks how long the content is.</summary>
    /// <returns>How long that may be.</returns>
    public static int AllowPacked(HttpRequest request)
    {
        if (request.Body is not IncomingBody body) return int.MaxValue; // there is none
        body._allowed = MaxPacked(body._maxBytes);
        return body._maxBytes;
    }

    public static BadHttpRequestException TooLong(int maxBytes) => new(
        $"expected a body of at most {maxBytes} bytes, unpacked", StatusCodes.Status413PayloadTooLarge);

    /// <exception cref="BadHttpRequestException">413, 503 when it comes too slowly, 400 when it is not whole.
    /// </exception>
    /// <exception cref="ClientLeftException">Nobody is there to be answered.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return 0;
        cancellationToken.ThrowIfCancellationRequested();
        if (_announced > _allowed) throw TooLong(_maxBytes);
        ReadResult result;
        try
        {
            ValueTask<ReadResult> reading = _from.ReadAsync(CancellationToken.None); // ends when the client leaves
            result = reading.IsCompletedSuccessfully ? reading.Result : await Wait(reading);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw TooLong(_maxBytes); // more in chunks' heads than anybody has use for
        }
        catch (Exception e) when (e is OperationCanceledException or IOException and not BadHttpRequestException)
        {
            throw new ClientLeftException(e);
        }
        ReadOnlySequence<byte> read = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, buffer.Length));
        read.CopyTo(buffer.Span);
        int length = (int)read.Length;
        _from.AdvanceTo(read.End);
        if (result.IsCanceled) throw TooSlow();
        _read += length;
        return _read <= _allowed ? length : throw TooLong(_maxBytes);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _patience?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Not 408: senders of remote write and of OTLP would drop what they have after that.</summary>
    private static BadHttpRequestException TooSlow() => new($"expected a body that pauses for at most "
        + $"{MaxPause.TotalSeconds} s and is there within {MaxTime.TotalMinutes} min",
        StatusCodes.Status503ServiceUnavailable);

    private async ValueTask<ReadResult> Wait(ValueTask<ReadResult> reading)
    {
        TimeSpan left = MaxTime - _clock.GetElapsedTime(_start);
        TimeSpan patience = left < TimeSpan.Zero ? TimeSpan.Zero : left < MaxPause ? left : MaxPause;
        _patience ??= _clock.CreateTimer(static from => ((PipeReader)from!).CancelPendingRead(), _from,
            Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _patience.Change(patience, Timeout.InfiniteTimeSpan);
        try { return await reading; }
        finally { _patience.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan); }
    }
}
