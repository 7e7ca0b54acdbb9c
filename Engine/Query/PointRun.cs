using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>Points of one series in a <see cref="PointPage"/>: <paramref name="Count"/> of its columns from
/// <paramref name="First"/> on.</summary>
internal readonly record struct PointRun(SeriesId Series, ValueFamily Family, int First, int Count);
