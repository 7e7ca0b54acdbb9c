using System;
using System.Buffers;

namespace Slungd.Ingest.Net;

/// <summary>What port 2077 answers to probes; the same as on port 2078. Called on a socket loop: must be
/// quick.</summary>
/// <param name="Health">The JSON of `/health`.</param>
/// <param name="Ready">The JSON of `/ready`; false gives status 503.</param>
/// <param name="Metrics">Writes the Prometheus text of `/metrics`.</param>
internal sealed record ProbeAnswers(Func<byte[]> Health, ReadyProbe Ready, Action<IBufferWriter<byte>> Metrics);

/// <returns>True when ready.</returns>
internal delegate bool ReadyProbe(out byte[] body);
