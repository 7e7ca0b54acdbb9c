using System.Threading;
using Slungd.Native.Checks;

namespace Slungd.Native.Memory;

/// <summary>How many hold something that goes away with the last of them. Its maker holds the first reference. A field
/// of what it counts, never copied; any thread.</summary>
internal struct ReferenceCount()
{
    private int _references = 1;

    /// <summary>Somebody holds it.</summary>
    public bool IsHeld => Volatile.Read(ref _references) > 0;

    /// <summary>Takes a reference; false when the last one was given back.</summary>
    public bool TryAcquire()
    {
        int references = Volatile.Read(ref _references);
        while (references > 0)
        {
            int seen = Interlocked.CompareExchange(ref _references, references + 1, references);
            if (seen == references) return true;
            references = seen;
        }
        return false;
    }

    /// <summary>Gives a reference back.</summary>
    /// <returns>True when it was the last.</returns>
    public bool Release()
    {
        int left = Interlocked.Decrement(ref _references);
        Invariant.Check(left >= 0);
        return left == 0;
    }
}
