using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using Slungd.Ingest.Hosting.Transfer;
using Slungd.Tests.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Transfer;

public sealed class ImporterTests
{
    private const string Full = "HTTP/1.1 507 Insufficient Storage\r\nRetry-After: 1\r\nContent-Length: 24\r\n\r\n"
        + "{\"error\":\"disk is full\"}";
    private const string Kept = "HTTP/1.1 204 No Content\r\n\r\n";
    private const string TooLong =
        "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 20\r\n\r\n{\"error\":\"too long\"}";

    [Theory]
    [InlineData(35, 2)] // a daemon that holds back before it refuses
    [InlineData(70, 1)]
    public void AFullDaemonIsAskedForAMinuteHoweverLongItTakesToRefuse(int secondsToRefuse, int asked)
    {
        ManualClock clock = new();
        int requests = 0;
        int exitCode = Import("{}\n", clock, static _ => { }, _ =>
        {
            requests++;
            clock.Move(TimeSpan.FromSeconds(secondsToRefuse));
            return Full;
        });
        Assert.Equal((1, asked), (exitCode, requests));
    }

    [Theory]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", 0)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", 1)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<htm", 1)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1)]
    public void OnlyASlungdKeepsPoints(string answer, int exitCode) =>
        Assert.Equal(exitCode, Import("{}\n", TimeProvider.System, static _ => { }, _ => answer));

    [Fact]
    public void WhatIsTooLongIsSentInSmallerPieces()
    {
        StringBuilder lines = new(), kept = new();
        for (int i = 0; i < 200; i++) lines.Append(i == 77 ? new string('x', 3_000) : $"line {i}").Append('\n');
        int requests = 0;
        int exitCode = Import(lines.ToString(), TimeProvider.System, static _ => { }, body =>
        {
            requests++;
            if (body.Length > 1_000) return TooLong;
            kept.Append(body);
            return Kept;
        });
        Assert.Equal(1, exitCode); // for the line that can't be cut
        Assert.Equal(lines.Replace(new string('x', 3_000) + "\n", "").ToString(), kept.ToString());
        Assert.InRange(requests, 3, 20);
    }

    [Fact]
    public void ATokensRateIsKeptToAsTheDaemonSays()
    {
        ManualClock clock = new();
        List<double> pauses = [];
        Queue<string> answers = new([TooFast(7), TooFast(300), TooFast(40), Kept]);
        Assert.Equal(0, Import("{}\n", clock, Pause, _ => answers.Dequeue()));
        Assert.Equal([7, 300, 40], pauses);
        int requests = 0;
        int exitCode = Import("{}\n", clock, Pause, _ =>
        {
            requests++;
            clock.Move(TimeSpan.FromSeconds(35)); // of its own, besides what it asks for
            return TooFast(300);
        });
        Assert.Equal((1, 2), (exitCode, requests));

        void Pause(TimeSpan time)
        {
            pauses.Add(time.TotalSeconds);
            clock.Move(time);
        }
    }

    private static string TooFast(int seconds) =>
        $"HTTP/1.1 429 Too Many Requests\r\nRetry-After: {seconds}\r\nContent-Length: 20\r\n\r\n"
        + "{\"error\":\"too fast\"}";

    /// <summary>The exit code of an import of one file by a daemon that answers each body so.</summary>
    private static int Import(string lines, TimeProvider clock, Action<TimeSpan> pause, Func<string, string> answer)
    {
        using TcpListener daemon = new(IPAddress.Loopback, 0);
        daemon.Start();
        Task serving = Task.Run(async () =>
        {
            while (true)
            {
                using Socket peer = await daemon.AcceptSocketAsync();
                await peer.SendAsync(Encoding.ASCII.GetBytes(answer(await ReadBody(peer))));
            }
        });
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, lines);
            return new Importer((IPEndPoint)daemon.LocalEndpoint, clock, pause).Run([file]);
        }
        finally
        {
            File.Delete(file);
            daemon.Stop();
            Exception? end = Assert.Throws<AggregateException>(serving.Wait).InnerException; // there is no listener
            Assert.True(end is SocketException or InvalidOperationException, $"{end}");
        }
    }

    private static async Task<string> ReadBody(Socket peer)
    {
        const string Length = "Content-Length: ", End = "\r\n\r\n";
        byte[] buffer = new byte[64 * 1024];
        for (string request = ""; ;)
        {
            request += Encoding.ASCII.GetString(buffer, 0, await peer.ReceiveAsync(buffer));
            int end = request.IndexOf(End, StringComparison.Ordinal);
            if (end < 0) continue;
            int at = request.IndexOf(Length, StringComparison.Ordinal) + Length.Length;
            int length = int.Parse(request.AsSpan(at, request.IndexOf('\r', at) - at), CultureInfo.InvariantCulture);
            string body = request[(end + End.Length)..];
            if (body.Length == length) return body;
        }
    }
}
