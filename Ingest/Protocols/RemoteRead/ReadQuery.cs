using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols.RemoteRead;

/// <summary>One query of a remote read: series and times, both ends inclusive, in milliseconds.</summary>
internal sealed record ReadQuery(long Start, long End, SeriesSelector Selector);
