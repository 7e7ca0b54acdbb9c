using System.Threading;
using Slungd.Engine.Memtables;
using Slungd.Native.Checks;
using Xunit;

namespace Slungd.Tests.Engine.Memtables;

public sealed class WriteGateTests
{
    [Fact]
    public void ClosedMeansClosed()
    {
        var gate = new WriteGate();
        Assert.True(gate.TryEnter());
        Assert.True(gate.TryEnter());
        gate.Exit();
        gate.Exit();
        Assert.True(gate.TryBeginClose());
        Assert.False(gate.TryBeginClose());
        gate.EndClose(closed: false);
        Assert.True(gate.TryEnter());
        gate.Exit();
        Assert.True(gate.TryBeginClose());
        gate.EndClose(closed: true);
        Assert.False(gate.TryEnter());
        Assert.True(gate.IsClosed);
        Assert.False(gate.TryBeginClose());
        Assert.Throws<BugException>(() => gate.EndClose(true));
    }

    [Fact]
    public void ClosingWaitsForThoseInsideAndHoldsOthersBack()
    {
        var gate = new WriteGate();
        using var crew = new Crew();
        int inside = 0, turnedAway = 0;
        for (int i = 0; i < 3; i++)
        {
            crew.Start(() =>
            {
                while (gate.TryEnter())
                {
                    Interlocked.Increment(ref inside);
                    Thread.Yield();
                    Interlocked.Decrement(ref inside);
                    gate.Exit();
                }
                Interlocked.Increment(ref turnedAway);
            });
        }
        for (int round = 0; round < 500; round++)
        {
            Assert.True(gate.TryBeginClose());
            for (int i = 0; i < 20; i++) Assert.Equal(0, Volatile.Read(ref inside));
            gate.EndClose(closed: round == 499);
            Thread.Yield();
        }
        crew.Join();
        Assert.Equal(3, turnedAway);
    }
}
