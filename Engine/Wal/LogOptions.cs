using Slungd.Engine.Model;

namespace Slungd.Engine.Wal;

/// <summary>What the log can be told.</summary>
/// <param name="Sync">When points are durable.</param>
/// <param name="SizeLimit">Bytes of points in the log that are not flushed; above it writes are refused until a flush
/// is done. long.MaxValue: none.</param>
/// <param name="StageBytes">Memory for what waits to be written; writers wait when it is nearly used up.</param>
internal sealed record LogOptions(LogSync Sync, long SizeLimit, long StageBytes);
