using System;
using System.Threading;

namespace Slungd.Workflows.Supervisor;

/// <summary>What leaves the daemon on behalf of a guest: the outer edge does it.</summary>
internal interface IOutbound
{
    /// <summary>Sends a text message to the connection of a producer. Does not block.</summary>
    /// <returns>False when it is gone or does not read.</returns>
    bool TrySendText(ulong producer, ReadOnlySpan<byte> utf8);

    /// <summary>One HTTP request, no redirects followed; waits for the answer.</summary>
    /// <param name="url">Absolute, to a host that the guest may call.</param>
    /// <param name="method">GET, POST, PUT or DELETE.</param>
    /// <param name="body">Sent always.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <param name="error">Why there is no answer.</param>
    /// <returns>The answer's body, whatever its status; null without an answer.</returns>
    byte[]? Call(Uri url, string method, byte[] body, CancellationToken cancellation, out string? error);
}
