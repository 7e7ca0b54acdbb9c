using System.Net;

namespace Slungd.Ingest.Hosting.Activation;

/// <summary>A listening TCP socket that this process was started with.</summary>
/// <param name="Descriptor">Its number.</param>
/// <param name="Name">What LISTEN_FDNAMES calls it; empty without a name.</param>
/// <param name="Address">Where it listens.</param>
internal readonly record struct PassedSocket(int Descriptor, string Name, IPEndPoint Address);
