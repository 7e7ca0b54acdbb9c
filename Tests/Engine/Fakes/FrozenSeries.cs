using Slungd.Engine.Model;

namespace Slungd.Tests.Engine.Fakes;

/// <summary>A series as a view sees it. Values of payload families are indexes into <paramref
/// name="Payloads"/>.</summary>
internal sealed record FrozenSeries(SeriesKey Key, ValueFamily Family, long[] Timestamps, ulong[] Values,
    byte[][] Payloads);
