using System.Runtime.InteropServices;
using System.Threading;
using Slungd.Native.Checks;

namespace Slungd.Engine.Memtables;

/// <summary>A lock held for microseconds: spins, then yields the core; never sleeps, never allocates. Not reentrant.
/// Alone on its cache lines, so that spinning on one shard does not slow its neighbours. Use as a field, never
/// copy.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct ShardLock
{
    [FieldOffset(64)]
    private int _held;

    public void Enter()
    {
        if (Interlocked.CompareExchange(ref _held, 1, 0) != 0) EnterContended();
    }

    /// <summary>False when somebody holds it.</summary>
    public bool TryEnter() => Volatile.Read(ref _held) == 0 && Interlocked.CompareExchange(ref _held, 1, 0) == 0;

    public void Exit()
    {
        DebugCheck.That(_held == 1);
        Volatile.Write(ref _held, 0);
    }

    private void EnterContended()
    {
        var spin = new SpinWait();
        do
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }
        while (Volatile.Read(ref _held) != 0 || Interlocked.CompareExchange(ref _held, 1, 0) != 0);
    }
}
