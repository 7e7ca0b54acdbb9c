using System;
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

    [Theory]
    [InlineData(35, 2)] // a daemon that holds back before it refuses
    [InlineData(70, 1)]
    public void AFullDaemonIsAskedForAMinuteHoweverLongItTakesToRefuse(int secondsToRefuse, int asked)
    {
        ManualClock clock = new();
        using TcpListener daemon = new(IPAddress.Loopback, 0);
        daemon.Start();
        int requests = 0;
        Task serving = Task.Run(async () =>
        {
            byte[] request = new byte[4096];
            while (true)
            {
                using Socket peer = await daemon.AcceptSocketAsync();
                for (string text = ""; !text.EndsWith("{}\n", StringComparison.Ordinal);)
                    text += Encoding.ASCII.GetString(request, 0, await peer.ReceiveAsync(request));
                requests++;
                clock.Move(TimeSpan.FromSeconds(secondsToRefuse));
                await peer.SendAsync(Encoding.ASCII.GetBytes(Full));
            }
        });
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "{}\n");
            Assert.Equal(1, new Importer((IPEndPoint)daemon.LocalEndpoint, clock).Run([file]));
            Assert.Equal(asked, requests);
        }
        finally
        {
            File.Delete(file);
            daemon.Stop();
        }
        Assert.Throws<AggregateException>(serving.Wait);
    }

    [Theory]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", 0)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", 1)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<htm", 1)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1)]
    public async Task OnlyASlungdKeepsPoints(string answer, int exitCode)
    {
        using TcpListener server = new(IPAddress.Loopback, 0);
        server.Start();
        Task serving = Task.Run(async () =>
        {
            using Socket peer = await server.AcceptSocketAsync();
            byte[] request = new byte[4096];
            for (string text = ""; !text.EndsWith("{}\n", StringComparison.Ordinal);)
                text += Encoding.ASCII.GetString(request, 0, await peer.ReceiveAsync(request));
            await peer.SendAsync(Encoding.ASCII.GetBytes(answer));
        });
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "{}\n");
            Importer importer = new((IPEndPoint)server.LocalEndpoint, TimeProvider.System);
            Assert.Equal(exitCode, importer.Run([file]));
        }
        finally
        {
            File.Delete(file);
        }
        await serving;
    }
}
