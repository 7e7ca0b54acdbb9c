using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using Xunit;
using Xunit.Abstractions;

namespace Slungd.Tests.EndToEnd;

/// <summary>More points than the arena holds.</summary>
public class MemoryTests(ITestOutputHelper output)
{
    [EndToEndFact]
    public async Task SmallArenaIsFlushedNotOutgrown()
    {
        const int ArenaMiB = 32, Series = 50, Block = 10_000, Rounds = 12; // 96 MB of raw points
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, "--memory", $"{ArenaMiB}M", "--http", "off");
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        for (uint alias = 0; alias < Series; alias++)
            await client.Send(WireMessages.DefineOf(alias, "cpu", $"host=h{alias}"));
        double[] values = Enumerable.Range(0, Block).Select(static i => i * 0.37 % 11).ToArray();
        ulong sent = 0;
        for (int round = 0; round < Rounds; round++)
        {
            for (uint alias = 0; alias < Series; alias++)
                await client.Send(WireMessages.RegularOf(alias, (long)round * Block, 1, values));
            sent += Series * Block;
            await client.Acknowledged(sent);
        }
        Assert.Equal(sent, (await client.Query("COUNT:cpu:[]")).GetProperty("count").GetUInt64());
        Assert.Equal(Rounds * Block, (await client.Query("COUNT:cpu:[host=h7]")).GetProperty("count").GetInt64());
        double resident = daemon.ResidentBytes() / 1048576.0;
        output.WriteLine($"{sent} points through an arena of {ArenaMiB} MiB: {resident:f1} MiB resident");
        // The arena, the flush's pages that the kernel may take back, and the process itself.
        Assert.True(resident < 3 * ArenaMiB, $"{resident:f1} MiB resident with an arena of {ArenaMiB}");
    }

    /// <summary>A container of 256 MB to which more new series come than it can hold: the surplus is refused,
    /// everything else goes on, and the kernel has no reason to kill it.</summary>
    [CgroupFact]
    public async Task ManyNewSeriesAreRefusedBeforeMemoryRunsOut()
    {
        const int Wanted = 300_000, Batch = 2_000;
        using var group = new MemoryCgroup(256L << 20);
        using var data = new DataFolder();
        ulong kept;
        await using (Daemon daemon = await Daemon.StartUnready(group.Inside(data)))
        {
            await Ready(daemon);
            await using WebSocketClient client = await WebSocketClient.Version2(daemon);
            kept = await SendSeries(client, Wanted, Batch);
            output.WriteLine($"{kept} series kept, {daemon.ResidentBytes() >> 20} MiB resident");
            Assert.InRange(kept, 50_000ul, Wanted - 1ul);
            Assert.Equal(kept, (await client.Query("COUNT:cpu:[]")).GetProperty("count").GetUInt64());
            using System.Net.Http.StringContent nothing = new("");
            using System.Net.Http.HttpResponseMessage flush = await daemon.Post("/api/v1/admin/tsdb/flush", nothing);
            Assert.True(flush.IsSuccessStatusCode, await flush.Content.ReadAsStringAsync());
            await client.Send([WireMessages.Rows, .. WireMessages.Event(2, 1, "cpu", "host=h1")]); // a known one
            Assert.Equal(kept + 1, (await client.Query("COUNT:cpu:[]")).GetProperty("count").GetUInt64());
            Assert.Equal(0, await daemon.Stop());
        }
        await using Daemon again = await Daemon.StartUnready(group.Inside(data));
        await Ready(again);
        Assert.Equal(kept + 1, await again.Value("COUNT:cpu:[]"));
    }

    /// <summary>In as little memory: crowds that send whole heads and never end them, and crowds whose bodies wait
    /// because writes are refused. Each used to hold some hundred KiB of the managed heap.</summary>
    [CgroupTheory]
    [InlineData("GET /health HTTP/1.1\r\nHost: localhost\r\nX-Long: ", 60_000)]
    [InlineData("POST /api/v1/import HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n\r\n", 1_000_000)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0\0@\0\u0001\0\0\0\0\u0001", 1_000_000)]
    public async Task CrowdsOfHttpClientsFitIntoIt(string head, int more)
    {
        const int Crowd = 1_000;
        using var group = new MemoryCgroup(256L << 20);
        using var data = new DataFolder();
        string[] options = ["--min-free-disk", "900000G", "--otlp-grpc", "127.0.0.1:0"]; // writes are held back
        await using Daemon daemon = await Daemon.StartUnready(group.Inside(data, options));
        await daemon.Says("store[2001]"); // it is open, although it will not be ready
        IPEndPoint door = head[0] == 'P' && head[1] == 'R' ? await daemon.Door("OTLP door for gRPC")
            : daemon.HttpAddress!;
        List<Socket> crowd = [];
        try
        {
            byte[] bytes = [.. Encoding.Latin1.GetBytes(head), .. new byte[more]];
            Array.Fill(bytes, (byte)'x', head.Length, more);
            for (int i = 0; i < Crowd; i++)
            {
                Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
                crowd.Add(socket);
                await socket.ConnectAsync(door);
                socket.Blocking = false;
                socket.Send(bytes, SocketFlags.None, out _);
            }
            foreach (Socket socket in crowd) socket.Send(bytes, SocketFlags.None, out _);
            // Port 2077 knows nothing of it.
            await using WebSocketClient client = await WebSocketClient.Version2(daemon);
            Assert.Equal(0, (await client.Query("COUNT:cpu:[]")).GetProperty("count").GetInt64());
            output.WriteLine($"{daemon.ResidentBytes() >> 20} MiB resident");
        }
        catch (SocketException e)
        {
            throw new InvalidOperationException($"client {crowd.Count}: {e.Message}; {daemon.Log}", e);
        }
        finally
        {
            foreach (Socket socket in crowd) socket.Dispose();
        }
        await Patience.Until("room for others", async () =>
        {
            try
            {
                using HttpResponseMessage answer = await daemon.Get("/api/v1/dsl?q=COUNT:cpu:[]");
                return answer.StatusCode;
            }
            catch (HttpRequestException) { return HttpStatusCode.ServiceUnavailable; }
        }, static status => status == HttpStatusCode.OK);
        Assert.Equal(0, await daemon.Stop());
    }

    private static Task Ready(Daemon daemon) => Patience.Until("ready",
        async () => (await daemon.Get("/ready")).IsSuccessStatusCode, static ok => ok);

    /// <summary>A point for each of so many series.</summary>
    /// <returns>How many were kept; all others were refused with code 7.</returns>
    private static async Task<ulong> SendSeries(WebSocketClient client, int count, int batch)
    {
        ulong refused = 0, settled = 0;
        for (int first = 0; first < count; first += batch)
        {
            List<byte> rows = [WireMessages.Rows];
            for (int i = first; i < first + batch; i++)
                rows.AddRange(WireMessages.Event(1, i, "cpu", $"host=h{i}", $"instance=node-{i}.example.net:9100"));
            await client.Send([.. rows]);
            while (settled < (ulong)(first + batch))
            {
                byte[] reply = (await client.Receive() ?? throw new InvalidOperationException("closed")).Bytes;
                if (reply[0] == 0x81) settled = BinaryPrimitives.ReadUInt64LittleEndian(reply.AsSpan(1));
                if (reply[0] != 0x82) continue;
                Assert.Equal(7, BinaryPrimitives.ReadUInt16LittleEndian(reply.AsSpan(13)));
                refused += BinaryPrimitives.ReadUInt32LittleEndian(reply.AsSpan(9));
            }
        }
        return (ulong)count - refused;
    }
}
