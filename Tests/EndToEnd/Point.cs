namespace Slungd.Tests.EndToEnd;

/// <summary>A point as a test sends it and reckons with it.</summary>
internal sealed record Point(string Series, string[] Tags, long Timestamp, double Value);
