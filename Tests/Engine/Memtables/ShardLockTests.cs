using System.Runtime.CompilerServices;
using Slungd.Engine.Memtables;
using Xunit;

namespace Slungd.Tests.Engine.Memtables;

public sealed class ShardLockTests
{
    private ShardLock _lock;
    private long _counter;

    [Fact]
    public void OneAtATime()
    {
        using var crew = new Crew();
        for (int i = 0; i < 4; i++)
        {
            crew.Start(() =>
            {
                for (int k = 0; k < 50_000; k++)
                {
                    _lock.Enter();
                    _counter++;
                    _lock.Exit();
                }
            });
        }
        crew.Join();
        Assert.Equal(200_000, _counter);
    }

    [Fact]
    public void NeighboursShareNoCacheLine() => Assert.Equal(128, Unsafe.SizeOf<ShardLock>());
}
