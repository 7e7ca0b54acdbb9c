using System.Net;
using System.Net.Sockets;

namespace Slungd.Ingest.Net;

/// <summary>Why a daemon can't be talked to, for whoever typed a command.</summary>
internal static class PeerFault
{
    public static string Of(IPEndPoint peer, SocketException fault) => $"{peer}: " + fault.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused: no slungd listens there",
        SocketError.TimedOut => "no answer in time",
        _ => fault.Message,
    };
}
