using System;
using System.IO;
using System.IO.Pipelines;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Ingest.Http;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public sealed class IncomingBodyTests
{
    private readonly TimerClock _clock = new();

    [Fact]
    public async Task SlowUplinksAreServedButSilentOnesAreNot()
    {
        Pipe uplink = new();
        await using IncomingBody body = new(uplink.Reader, 1_000, null, _clock);
        for (int i = 0; i < 10; i++)
        {
            Task<int> reading = body.ReadAsync(new byte[10]).AsTask();
            _clock.Move(TimeSpan.FromSeconds(29));
            Assert.False(reading.IsCompleted);
            await uplink.Writer.WriteAsync(new byte[1]);
            Assert.Equal(1, await reading);
            _clock.Move(TimeSpan.FromSeconds(40)); // that is ours, not the client's
        }
        Task<int> last = body.ReadAsync(new byte[10]).AsTask();
        _clock.Move(TimeSpan.FromSeconds(30));
        Assert.Equal(503, (await Assert.ThrowsAsync<BadHttpRequestException>(() => last)).StatusCode);
    }

    [Fact]
    public async Task NobodyHoldsMemoryForMoreThanAnHour()
    {
        Pipe uplink = new();
        await using IncomingBody body = new(uplink.Reader, 1_000, null, _clock);
        for (int minute = 0; minute < 60 * 3; minute++)
        {
            Task<int> some = body.ReadAsync(new byte[10]).AsTask();
            _clock.Move(TimeSpan.FromSeconds(19.9));
            await uplink.Writer.WriteAsync(new byte[1]);
            await some;
        }
        Task<int> reading = body.ReadAsync(new byte[10]).AsTask();
        _clock.Move(TimeSpan.FromSeconds(19));
        Assert.Equal(503, (await Assert.ThrowsAsync<BadHttpRequestException>(() => reading)).StatusCode);
    }

    [Fact]
    public async Task WhoLeavesIsNotABadRequest()
    {
        Exception[] ends = [new IOException("reset"), new OperationCanceledException("aborted")];
        foreach (Exception end in ends)
        {
            Pipe uplink = new();
            await using IncomingBody body = new(uplink.Reader, 1_000, null, _clock);
            Task<int> reading = body.ReadAsync(new byte[10]).AsTask();
            await uplink.Writer.CompleteAsync(end);
            Assert.Same(end, (await Assert.ThrowsAsync<ClientLeftException>(() => reading)).InnerException);
        }
        Pipe broken = new();
        await using IncomingBody cut = new(broken.Reader, 1_000, null, _clock);
        Task<int> rest = cut.ReadAsync(new byte[10]).AsTask();
        await broken.Writer.CompleteAsync(new BadHttpRequestException("cut"));
        Assert.Equal(400, (await Assert.ThrowsAsync<BadHttpRequestException>(() => rest)).StatusCode);
    }
}
