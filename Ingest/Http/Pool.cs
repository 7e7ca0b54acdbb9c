using System;
using System.Collections.Generic;

namespace Slungd.Ingest.Http;

/// <summary>What requests need and leave behind for the next, as many as there are processors. Any thread.</summary>
internal sealed class Pool<T> where T : class
{
    private readonly Stack<T> _spare = new(); // under its own lock

    /// <summary>Null when there is none: the caller makes one.</summary>
    public T? TryRent()
    {
        lock (_spare) return _spare.TryPop(out T? item) ? item : null;
    }

    /// <summary>False when there are enough; then the item is the caller's to dispose.</summary>
    public bool Return(T item)
    {
        lock (_spare)
        {
            if (_spare.Count >= Environment.ProcessorCount) return false;
            _spare.Push(item);
            return true;
        }
    }
}
