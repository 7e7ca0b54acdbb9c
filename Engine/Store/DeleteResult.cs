namespace Slungd.Engine.Store;

/// <summary>What became of a delete.</summary>
/// <param name="Series">How many series had points on disk in the range, or in memory at all.</param>
/// <param name="Refusal">Why nothing was deleted; null when it was.</param>
internal readonly record struct DeleteResult(int Series, string? Refusal);
