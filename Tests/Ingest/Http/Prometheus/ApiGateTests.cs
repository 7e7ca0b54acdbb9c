using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Ingest;
using Slungd.Ingest.Http;
using Slungd.Ingest.Http.Prometheus;
using Slungd.Ingest.Security;
using Slungd.Tests.Engine.Fakes;
using Xunit;

namespace Slungd.Tests.Ingest.Http.Prometheus;

public sealed class ApiGateTests : IDisposable
{
    private readonly QueryGate _queries = new(maxRunning: 1, maxWaiting: 0, maxPaused: 12);
    private readonly ApiGate _gate;

    public ApiGateTests() =>
        _gate = new ApiGate(new FakeEventSink(new FakeSeriesReader(Precision.Microseconds)), _queries);

    public void Dispose() => _queries.Dispose();

    private static DefaultHttpContext From(string address, AccessToken? token = null)
    {
        DefaultHttpContext context = new();
        context.Connection.RemoteIpAddress = IPAddress.Parse(address);
        context.Response.Body = new StalledStream();
        context.Features.Set(token);
        return context;
    }

    /// <summary>Answers until one is refused; how many wait then.</summary>
    private async Task<List<(StreamedTurn Turn, Task Write)>> Fill(Func<DefaultHttpContext> from)
    {
        List<(StreamedTurn Turn, Task Write)> waiting = [];
        while (true)
        {
            DefaultHttpContext context = from();
            if (await _gate.TryStream(context) is not { } turn)
            {
                Assert.Equal(StatusCodes.Status429TooManyRequests, context.Response.StatusCode);
                Assert.Equal("1", context.Response.Headers.RetryAfter);
                return waiting;
            }
            waiting.Add((turn, turn.WriteAsync(new byte[1]).AsTask()));
        }
    }

    /// <summary>Of 12 places an address, or a token from wherever, gets as many as it leaves to others.</summary>
    [Fact]
    public async Task OneSlowClientLeavesRoomForOthers()
    {
        AccessToken token = new("t", TokenScope.Read, AccessPolicy.HashOf("secret"), null, 0);
        int next = 10;
        List<(StreamedTurn Turn, Task Write)> one = await Fill(() => From("127.0.0.1")),
            two = await Fill(() => From($"10.0.0.{next++}", token)), three = await Fill(() => From("::1"));
        Assert.Equal((6, 3, 2), (one.Count, two.Count, three.Count));
        Assert.Equal(11, _queries.Paused);
        Assert.Empty(await Fill(() => From("127.0.0.1", token)));
        Assert.Single(await Fill(() => From("127.0.0.2")));
        foreach ((StreamedTurn turn, _) in two) await turn.DisposeAsync();
        Assert.Equal(9, _queries.Paused);
        Assert.Empty(await Fill(() => From("127.0.0.1")));
        Assert.Equal(2, (await Fill(() => From("127.0.0.1", token))).Count);
    }

    /// <summary>Takes nothing, ever; what is written of an error it does.</summary>
    private sealed class StalledStream : UnseekableStream
    {
        private readonly TaskCompletionSource _never = new();

        public override bool CanRead => false;

        public override bool CanWrite => true;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) =>
            buffer.Length == 1 ? new ValueTask(_never.Task) : ValueTask.CompletedTask;

        public override void Flush()
        {
            // Nothing is kept.
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
