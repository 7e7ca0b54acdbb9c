using System.Threading;

namespace Slungd.Engine.Segments;

/// <summary>Which parts of a file were looked at and found sound: a bit each, set once, any thread. Takes no memory
/// until the first is set, since most segments of a large store are never read.</summary>
internal sealed class TrustBits(int count)
{
    private int[]? _bits;

    public bool Has(int index) => _bits is { } bits && (Volatile.Read(ref bits[index >> 5]) & (1 << index)) != 0;

    public void Set(int index)
    {
        if (_bits is null) Interlocked.CompareExchange(ref _bits, new int[(count + 31) / 32], null);
        Interlocked.Or(ref _bits[index >> 5], 1 << index);
    }
}
