using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using Slungd.Ingest.Hosting.Commands;
using Slungd.Tests.EndToEnd;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Commands;

/// <summary>The client's side of HTTP, against answers as they are on the wire.</summary>
public class HttpExchangeTests
{
    private const string Good = "HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n{\"data\":{\"segments\":[1]}}";

    private static readonly AnswerPatience s_patience = new(Patience.Limit) { Idle = Patience.Limit };

    private string _asked = "";

    [Fact]
    public void ARequestHasABodyWithItsLengthAndType()
    {
        Ask("HTTP/1.1 204 No Content\r\nRetry-After: 7\r\n\r\n", static exchange =>
        {
            Assert.Equal(204, exchange.Status);
            Assert.Equal("7", exchange.Field("retry-after"));
            Assert.Equal("", exchange.ReadText());
        });
        Assert.StartsWith("PUT /x?y=1 HTTP/1.1\r\nHost: localhost:", _asked, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n", _asked);
        Assert.EndsWith("\r\n\r\nhello", _asked, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde-and-more", "abcde")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX: y\r\n\r\n",
        "abcde")]
    public void ABodyEndsWhereItSays(string answer, string body) =>
        Ask(answer, exchange => Assert.Equal(body, exchange.ReadText()));

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcd")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcd")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmore\r\n")]
    public void ABodyThatBreaksOffIsTold(string answer) =>
        Ask(answer, static exchange => Says("breaks off", () => exchange.ReadText()));

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2p1\r\n")]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nServer: another\r\n\r\nuntil the end")]
    public void WhatIsNoAnswerIsToldWithTheAddress(string answer) =>
        Says("127.0.0.1:", () => Ask(answer, static _ => Assert.Fail("it is no answer")));

    [Fact]
    public void NobodyThereIsTold()
    {
        // It does not listen, and nobody else can.
        using Socket bound = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = (IPEndPoint)bound.LocalEndPoint!;
        Says($"{address}: connection refused: no slungd listens there",
            () => HttpExchange.Get(address, "/", s_patience).Dispose());
    }

    [Fact]
    public void ADaemonThatHangsIsTold()
    {
        using TcpListener stopped = new(IPAddress.Loopback, 0);
        stopped.Start(); // the kernel accepts, nobody answers
        AnswerPatience patience = new(TimeSpan.FromHours(1))
        {
            Idle = TimeSpan.FromMilliseconds(50), Probe = TimeSpan.FromMilliseconds(50),
        };
        Says($"{stopped.LocalEndpoint}: no answer for 0.05 s, and none to /health: the daemon hangs",
            () => HttpExchange.Get((IPEndPoint)stopped.LocalEndpoint, "/", patience).Dispose());
        Says("the daemon hangs", () => HttpExchange.Send("POST", (IPEndPoint)stopped.LocalEndpoint, "/",
            new byte[16 << 20], patience).Dispose());
    }

    [Fact]
    public void ADaemonThatLivesIsWaitedFor()
    {
        using TcpListener busy = new(IPAddress.Loopback, 0);
        busy.Start();
        int probes = 0;
        Task serving = Task.Run(() =>
        {
            byte[] request = new byte[1024];
            using Socket slow = busy.AcceptSocket();
            while (true)
            {
                using Socket probe = busy.AcceptSocket();
                string asked = Encoding.ASCII.GetString(request, 0, probe.Receive(request));
                Assert.StartsWith("GET /health ", asked, StringComparison.Ordinal);
                probe.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8);
                if (++probes == 3) slow.Send(Encoding.ASCII.GetBytes(Good));
            }
        });
        AnswerPatience patience = new(TimeSpan.FromHours(1))
        {
            Idle = TimeSpan.FromMilliseconds(10), Probe = Patience.Limit,
        };
        using (HttpExchange answer = HttpExchange.Get((IPEndPoint)busy.LocalEndpoint, "/", patience))
            Assert.Equal(1, answer.ReadData().GetProperty("segments")[0].GetInt32());
        busy.Stop();
        Exception? end = Assert.Throws<AggregateException>(serving.Wait).InnerException; // there is no listener
        Assert.True(end is SocketException or InvalidOperationException, $"{end}");
        Assert.InRange(probes, 3, int.MaxValue);
    }

    [Fact]
    public async Task WhoDoesNotWantTheRestAnswersAndCloses()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Task serving = Task.Run(() =>
        {
            using Socket peer = listener.AcceptSocket();
            peer.Receive(new byte[100]);
            peer.Send(Encoding.ASCII.GetBytes(Bad("{\"error\":\"too long\"}")));
        });
        using HttpExchange exchange = HttpExchange.Send("POST", (IPEndPoint)listener.LocalEndpoint, "/",
            new byte[16 << 20], s_patience);
        Assert.Equal("too long", exchange.ReadError());
        await serving;
    }

    [Fact]
    public void DataAndErrors()
    {
        Ask(Good, static exchange => Assert.Equal(1, exchange.ReadData().GetProperty("segments")[0].GetInt32()));
        Ask(Bad("{\"error\":\"no such thing\"}"), static exchange => Says("no such thing", () => exchange.ReadData()));
        foreach (string other in (string[])["<html>", "[]", "{\"error\":7}", "{}", ""])
            Ask(Bad(other), static exchange => Says("(--http), got status 404", () => exchange.ReadData()));
        foreach (string other in (string[])["<html>", "", "{}", "{\"data\":null}", "{\"data\":[]}"])
        {
            Ask($"HTTP/1.1 200 OK\r\nContent-Length: {other.Length}\r\n\r\n{other}",
                static exchange => Says("expected the HTTP door of a slungd", () => exchange.ReadData()));
        }
    }

    private static string Bad(string body) => $"HTTP/1.1 404 Not Found\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    private static void Says(string text, Action act) =>
        Assert.Contains(text, Assert.ThrowsAny<IOException>(act).Message);

    private void Ask(string answer, Action<HttpExchange> look)
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Task serving = Task.Run(() =>
        {
            using Socket peer = listener.AcceptSocket();
            _asked = "";
            byte[] request = new byte[64 * 1024];
            int got = 0;
            while (!_asked.EndsWith("hello", StringComparison.Ordinal))
            {
                got += peer.Receive(request, got, request.Length - got, SocketFlags.None);
                _asked = Encoding.ASCII.GetString(request, 0, got);
            }
            peer.Send(Encoding.ASCII.GetBytes(answer));
            peer.Shutdown(SocketShutdown.Send);
        });
        try
        {
            using HttpExchange exchange = HttpExchange.Send("PUT", (IPEndPoint)listener.LocalEndpoint, "/x?y=1",
                "hello"u8, s_patience, "text/plain");
            look(exchange);
        }
        finally
        {
            serving.Wait();
        }
    }
}
