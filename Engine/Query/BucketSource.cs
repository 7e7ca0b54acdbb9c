using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>The series whose points are being added to buckets.</summary>
/// <param name="Series">Which.</param>
/// <param name="Family">What it holds.</param>
/// <param name="Keys">Decides between equal timestamps of two series.</param>
internal readonly record struct BucketSource(SeriesId Series, ValueFamily Family, SeriesKeyCache Keys);
