using System.Net;
using System.Net.Sockets;

namespace Slungd.Ingest.Hosting.Activation;

/// <summary>A socket that this process was started with.</summary>
/// <param name="Descriptor">Its number.</param>
/// <param name="Name">What LISTEN_FDNAMES calls it; empty without a name.</param>
/// <param name="Address">Where it listens: an IPEndPoint, or the UnixDomainSocketEndPoint of one for datagrams.</param>
/// <param name="Type">Stream, over TCP, or Dgram.</param>
internal readonly record struct PassedSocket(int Descriptor, string Name, EndPoint Address,
    SocketType Type = SocketType.Stream);
