using System.Threading;

namespace Slungd.Engine.Model;

/// <summary>How many series one writer may create. Counted are those that did not exist and do now because of it, since
/// the process began; a deleted series is not given back. Any thread.</summary>
internal sealed class SeriesAllowance(long limit, long created = 0)
{
    private long _created = created;

    public long Limit => limit;

    public long Created => Volatile.Read(ref _created);

    /// <summary>For a series that is about to be created; false when there are enough.</summary>
    public bool TryTake()
    {
        if (Interlocked.Increment(ref _created) <= limit) return true;
        GiveBack();
        return false;
    }

    /// <summary>It could not be created after all.</summary>
    public void GiveBack() => Interlocked.Decrement(ref _created);
}
