using System.Collections.Generic;
using System.Threading.Tasks;
using Slungd.Ingest.Http;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public class QueryGateTests
{
    /// <summary>How many of each client can wait, when each takes what it may, one after the other.</summary>
    [Theory]
    [InlineData(32, 1, "16")]
    [InlineData(32, 4, "16 8 4 2")]
    [InlineData(8, 5, "4 2 1 1 0")]
    [InlineData(1, 2, "1 0")]
    public async Task AClientMayHoldAsMuchAsItLeavesToOthers(int maxPaused, int clients, string expected)
    {
        using QueryGate gate = new(maxRunning: 1, maxWaiting: 0, maxPaused);
        List<int> held = [];
        for (int client = 0; client < clients; client++)
        {
            int count = 0;
            for (; gate.MayPause(client); count++)
            {
                Assert.True(await gate.TryEnter(default));
                gate.Pause(client);
            }
            held.Add(count);
        }
        Assert.Equal(expected, string.Join(' ', held));
        for (int client = 0; client < clients; client++)
            for (int i = 0; i < held[client]; i++) gate.EndPause(client);
        Assert.Equal(0, gate.Paused);
        Assert.True(gate.MayPause(clients));
    }

    [Fact]
    public async Task TheirPlacesComeFreeWhenTheyGoOn()
    {
        using QueryGate gate = new(maxRunning: 1, maxWaiting: 0, maxPaused: 2);
        Assert.True(await gate.TryEnter(default));
        gate.Pause("a");
        Assert.False(gate.MayPause("a"));
        Assert.True(gate.MayPause("b"));
        await gate.Resume("a", default);
        Assert.True(gate.MayPause("a"));
        Assert.Equal(QueryTurn.TooMany, await gate.Enter(System.Threading.Timeout.InfiniteTimeSpan, default));
    }
}
