using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>One point of a RAW answer.</summary>
internal readonly record struct QueryPoint(SeriesKey Series, long Timestamp, QueryValue Value);
