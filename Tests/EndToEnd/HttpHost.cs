using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
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
    private readonly CancellationTokenSource _closing = new();
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
            string line = (await Request(stream)).Split("\r\n")[0];
            lock (_requests) _requests.Add(line);
            _called.TrySetResult();
            if (_answer(line) is { } answer) await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), _closing.Token);
            else await Task.Delay(Timeout.InfiniteTimeSpan, _closing.Token);
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException)
        {
            // The caller did not like it, or the test is over.
        }
    }

    /// <summary>The whole of it: an end with something unread is a reset, which may overtake the answer.</summary>
    private async Task<string> Request(Stream stream)
    {
        const string Length = "\r\nContent-Length: ";
        byte[] bytes = new byte[64 * 1024];
        for (int got = 0; ;)
        {
            int more = await stream.ReadAsync(bytes.AsMemory(got), _closing.Token);
            if (more == 0) throw new EndOfStreamException();
            string text = Encoding.ASCII.GetString(bytes, 0, got += more);
            int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0) continue;
            int at = text.IndexOf(Length, 0, end, StringComparison.OrdinalIgnoreCase);
            string body = at < 0 ? "0" : text[(at + Length.Length)..].Split('\r')[0];
            if (got >= end + 4 + int.Parse(body, CultureInfo.InvariantCulture)) return text;
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
