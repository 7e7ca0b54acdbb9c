using System.Threading;

namespace Slungd.Ingest.Net;

/// <summary>A count that several threads change.</summary>
internal sealed class SharedCount
{
    private int _value;

    public int Value => Volatile.Read(ref _value);

    public void Increment() => Interlocked.Increment(ref _value);

    public void Decrement() => Interlocked.Decrement(ref _value);
}
