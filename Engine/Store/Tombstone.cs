using Slungd.Engine.Model;

namespace Slungd.Engine.Store;

/// <summary>A deleted range of one series, or of all series (<see cref="SeriesId.None"/>). It covers what segments hold
/// whose <see cref="Segments.SegmentFooter.DeletesThrough"/> is below its number, and nothing else.</summary>
internal readonly record struct Tombstone(SeriesId Series, TimeRange Range, ulong Number);
