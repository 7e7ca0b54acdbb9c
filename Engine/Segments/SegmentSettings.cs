using Slungd.Engine.Codecs;
using Slungd.Engine.Model;

namespace Slungd.Engine.Segments;

/// <summary>How segments are written.</summary>
/// <param name="Precision">Of the store; recorded in each footer.</param>
/// <param name="PagePoints">Points of a full page, 1 to <see cref="SegmentFormat.MaxPagePoints"/>.</param>
/// <param name="Timestamps">How time pages are encoded.</param>
/// <param name="Effort">How hard the encoders try.</param>
internal sealed record SegmentSettings(Precision Precision, int PagePoints, TimestampEncoding Timestamps,
    CodecEffort Effort = CodecEffort.Fast);
