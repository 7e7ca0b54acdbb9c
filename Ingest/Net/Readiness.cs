namespace Slungd.Ingest.Net;

/// <param name="Token">Which socket.</param>
/// <param name="Read">Bytes, the end, or an error can be read.</param>
/// <param name="Write">There is room to write, or an error.</param>
/// <param name="Broken">Both directions are closed or the connection failed: it can't be waited for any more.</param>
internal readonly record struct Readiness(int Token, bool Read, bool Write, bool Broken);
