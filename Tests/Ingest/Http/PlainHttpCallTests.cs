using System;
using System.IO;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Slungd.Ingest.Http;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public sealed class PlainHttpCallTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", false, "abc")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length:3\r\n\r\nab", false, null)]
    [InlineData("HTTP/1.1 500 No\r\n\r\nabc", true, "abc")]
    [InlineData("HTTP/1.1 500 No\r\n\r\nabc", false, null)]
    [InlineData("HTTP/1.1 204 No\r\n\r\n", false, "")]
    [InlineData("HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", false, "x")]
    [InlineData("HTTP/1.1 302 There\r\nLocation: http://b/\r\nContent-Length: 1\r\n\r\nx", false, "x")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n",
        false, "abc0123456789")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0", false, null)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n0\r\n\r\n", false, null)]
    [InlineData("HTTP/1.1 200", false, null)]
    public void Answers_are_read(string answer, bool isAtEnd, string? expected)
    {
        byte[]? body = PlainHttpCall.TryRead(Encoding.ASCII.GetBytes(answer), isAtEnd, 100);
        Assert.Equal(expected, body is null ? null : Encoding.ASCII.GetString(body));
    }

    [Theory]
    [InlineData("SSH-2.0-x\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200", true)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n0\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n0\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7FFFFFFF\r\n0\r\n\r\n", false)]
    public void What_is_no_answer_is_refused(string answer, bool isAtEnd) =>
        Assert.Throws<InvalidDataException>(() =>
            PlainHttpCall.TryRead(Encoding.ASCII.GetBytes(answer), isAtEnd, 100));

    [Fact]
    public async Task A_call_reaches_its_host_and_follows_no_redirect()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
        Task<byte[]> call = PlainHttpCall.Send(new Uri($"http://127.0.0.1:{port}/a b?c#d"), "PUT", "data"u8.ToArray(),
            100, limit.Token);
        using Socket server = await listener.AcceptAsync(limit.Token);
        byte[] request = new byte[4096];
        int length = 0;
        while (!Encoding.ASCII.GetString(request, 0, length).EndsWith("data", StringComparison.Ordinal))
            length += await server.ReceiveAsync(request.AsMemory(length), limit.Token);
        Assert.StartsWith($"PUT /a%20b?c HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n",
            Encoding.ASCII.GetString(request, 0, length), StringComparison.Ordinal);
        byte[] redirect = "HTTP/1.1 302 X\r\nLocation: /b\r\nContent-Length: 2\r\n\r\nhi"u8.ToArray();
        await server.SendAsync(redirect, limit.Token);
        Assert.Equal("hi"u8.ToArray(), await call);
        Assert.False(listener.Poll(0, SelectMode.SelectRead));
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_refused()
    {
        if (!OpenSsl.IsThere) return;
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
        Task<byte[]> call = PlainHttpCall.Send(new Uri($"https://127.0.0.1:{port}/"), "GET", [], 100, limit.Token);
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 own = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        using TcpClient accepted = await listener.AcceptTcpClientAsync(limit.Token);
        await using SslStream server = new(accepted.GetStream());
        Task handshake = server.AuthenticateAsServerAsync(own);
        AuthenticationException refused = await Assert.ThrowsAsync<AuthenticationException>(() => call);
        Assert.Contains("certificate", refused.Message);
        await Record.ExceptionAsync(() => handshake); // it may or may not have seen the end
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task A_call_ends_when_its_time_is_over(string scheme)
    {
        if (scheme == "https" && !OpenSsl.IsThere) return;
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using CancellationTokenSource limit = new();
        Task<byte[]> call = PlainHttpCall.Send(new Uri($"{scheme}://127.0.0.1:{port}/"), "GET", [], 100, limit.Token);
        using TcpClient accepted = await listener.AcceptTcpClientAsync();
        await limit.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }
}
