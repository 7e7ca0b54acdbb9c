using System.Collections.Generic;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>What the status pages say of this daemon.</summary>
/// <param name="Version">Its own.</param>
/// <param name="Commit">It was built from.</param>
/// <param name="Flags">The options in effect, by name.</param>
internal sealed record ServerFacts(string Version, string Commit, IReadOnlyDictionary<string, string> Flags);
