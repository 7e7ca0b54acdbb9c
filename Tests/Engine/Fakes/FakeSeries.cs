using System;
using System.Collections.Generic;
using Slungd.Engine.Model;

namespace Slungd.Tests.Engine.Fakes;

/// <summary>One series of a <see cref="FakeSeriesReader"/> while it is written.</summary>
internal sealed class FakeSeries(SeriesKey key)
{
    private readonly List<long> _timestamps = [];
    private readonly List<ulong> _values = [];
    private readonly List<byte[]> _payloads = [];
    private FrozenSeries? _frozen;

    public SeriesKey Key { get; } = key;

    public ValueFamily Family { get; private set; }

    /// <summary>Last write wins; Int into Float converts; any other family than the series' own is refused.</summary>
    public bool Put(long timestamp, ValueFamily family, ulong bits, ReadOnlySpan<byte> payload)
    {
        if (Family == ValueFamily.None) Family = family;
        if (Family == ValueFamily.Float && family == ValueFamily.Int)
        {
            bits = BitConverter.DoubleToUInt64Bits((long)bits);
            family = ValueFamily.Float;
        }
        if (family != Family) return false;
        if (family.HasPayload())
        {
            bits = (ulong)_payloads.Count;
            _payloads.Add(payload.ToArray());
        }
        _frozen = null;
        if (_timestamps.Count == 0 || timestamp > _timestamps[^1])
        {
            _timestamps.Add(timestamp);
            _values.Add(bits);
            return true;
        }
        int at = _timestamps.BinarySearch(timestamp);
        if (at >= 0)
        {
            _values[at] = bits;
            return true;
        }
        _timestamps.Insert(~at, timestamp);
        _values.Insert(~at, bits);
        return true;
    }

    /// <summary>What readers see from now on; the same object until the next write.</summary>
    public FrozenSeries Freeze() =>
        _frozen ??= new FrozenSeries(Key, Family, [.. _timestamps], [.. _values], [.. _payloads]);
}
