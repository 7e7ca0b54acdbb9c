using System.IO;

namespace Slungd.Ingest.Net;

/// <summary>The other side could not be reached, refused the upgrade, or broke the protocol.</summary>
internal sealed class WebSocketException(string message, System.Exception? cause = null) : IOException(message, cause)
{
    /// <summary>The HTTP status of a refused upgrade, else 0.</summary>
    public int Status { get; init; }
}
