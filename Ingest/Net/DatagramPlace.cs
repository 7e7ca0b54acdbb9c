using System.Net;

namespace Slungd.Ingest.Net;

/// <summary>Where datagrams are taken.</summary>
/// <param name="Address">An IPEndPoint, or a UnixDomainSocketEndPoint.</param>
/// <param name="Socket">The descriptor of a socket that is bound there already; null: it is to be bound.</param>
internal readonly record struct DatagramPlace(EndPoint Address, int? Socket = null);
