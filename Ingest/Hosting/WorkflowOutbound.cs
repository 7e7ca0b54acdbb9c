using System;
using System.IO;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading;
using Slungd.Ingest.Http;
using Slungd.Ingest.Net;
using Slungd.Workflows.Abi;
using Slungd.Workflows.Supervisor;

namespace Slungd.Ingest.Hosting;

/// <summary>The way out for workflows: to connections of port 2077, and by HTTP.</summary>
internal sealed class WorkflowOutbound(SocketServer sockets) : IOutbound
{
    public bool TrySendText(ulong producer, ReadOnlySpan<byte> utf8) => sockets.TrySendText(producer, utf8);

    public byte[]? Call(Uri url, string method, byte[] body, CancellationToken cancellation, out string? error)
    {
        error = null;
        try
        {
            // The workflow's own thread waits.
            return PlainHttpCall.Send(url, method, body, EnvFunctions.MaxBodyBytes, cancellation)
                .GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            error = "no answer in time";
        }
        catch (Exception e) when (e is SocketException or IOException or InvalidDataException
            or AuthenticationException)
        {
            error = e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message;
        }
        return null;
    }
}
