using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Slungd.Tests.EndToEnd;

/// <summary>Something on loopback that guests may call: answers bytes as they are, over TLS with a certificate.
/// </summary>
internal sealed class HttpHost : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, string?> _answer;
    private readonly X509Certificate2? _certificate;
    private readonly CancellationTokenSource _closing = new(Patience.Limit);
    private readonly TaskCompletionSource _called = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _requests = [];
    private readonly Task _serving;

    /// <param name="answer">The whole answer to a request's first line; null to say nothing.</param>
    /// <param name="certificate">With its key: it speaks TLS.</param>
    public HttpHost(Func<string, string?> answer, X509Certificate2? certificate = null)
    {
        (_answer, _certificate) = (answer, certificate);
        _listener.Start();
        _serving = Serve();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Somebody has sent a request.</summary>
    public Task Called => _called.Task.WaitAsync(Patience.Limit);

    /// <summary>The first lines of all requests.</summary>
    public string[] Requests
    {
        get { lock (_requests) return [.. _requests]; }
    }

    public void Dispose()
    {
        _closing.Cancel();
        _listener.Dispose();
        _serving.Wait(Patience.Limit);
        _closing.Dispose();
    }

    private async Task Serve()
    {
        List<Task> all = [];
        try
        {
            while (true) all.Add(Answer(await _listener.AcceptTcpClientAsync(_closing.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(all);
        }
    }

    private async Task Answer(TcpClient client)
    {
        using TcpClient closing = client;
        try
        {
            await using Stream stream = await Open(client);
            byte[] bytes = new byte[4096];
            int length = await stream.ReadAsync(bytes, _closing.Token);
            string line = Encoding.ASCII.GetString(bytes, 0, length).Split("\r\n")[0];
            lock (_requests) _requests.Add(line);
            _called.TrySetResult();
            if (_answer(line) is { } answer) await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), _closing.Token);
            else await Task.Delay(Timeout.InfiniteTimeSpan, _closing.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The caller did not like it, or the test is over.
        }
    }

    private async Task<Stream> Open(TcpClient client)
    {
        if (_certificate is null) return client.GetStream();
        SslStream stream = new(client.GetStream());
        await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate },
            _closing.Token);
        return stream;
    }
}
