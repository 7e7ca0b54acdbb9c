using System.Threading;
using Slungd.Native.Checks;

namespace Slungd.Native.Memory;

/// <summary>How many bytes of native memory the structures that share it may commit together. Any thread.</summary>
/// <param name="limit">In bytes.</param>
internal sealed class ByteBudget(long limit)
{
    private long _used;

    public long Limit => limit;

    public long Used => Volatile.Read(ref _used);

    /// <summary>False, with nothing taken, when fewer than <paramref name="bytes"/> are left.</summary>
    public bool TryTake(long bytes)
    {
        DebugCheck.That(bytes >= 0);
        long used = Volatile.Read(ref _used);
        while (used + bytes <= limit)
        {
            long seen = Interlocked.CompareExchange(ref _used, used + bytes, used);
            if (seen == used) return true;
            used = seen;
        }
        return false;
    }

    public void Return(long bytes)
    {
        long left = Interlocked.Add(ref _used, -bytes);
        Invariant.Check(left >= 0);
    }
}
