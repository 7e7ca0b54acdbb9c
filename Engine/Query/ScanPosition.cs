using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>Where a <see cref="PointScan"/> goes on: the first point of this series that is not before the timestamp.
/// Good for as long as the process lives, whatever is written, flushed, compacted or deleted meanwhile.</summary>
internal readonly record struct ScanPosition(SeriesId Series, long Timestamp);
