using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>What was stored before SIGTERM is there afterwards.</summary>
public class RestartsTests
{
    [EndToEndFact]
    public async Task NothingIsLostOverManyRestarts()
    {
        using var data = new DataFolder();
        const int Rounds = 4, PerRound = 20_000;
        for (int round = 0; round < Rounds; round++)
        {
            await using Daemon daemon = await Daemon.Start(data);
            Assert.Equal(round * PerRound, await daemon.Value("COUNT:cpu:[]"));
            await using WebSocketClient client = await WebSocketClient.Version2(daemon);
            await client.Send(WireMessages.DefineOf(1, "cpu", "host=a"));
            await client.Send(WireMessages.RegularOf(1, round * PerRound, 1, Ramp(PerRound)));
            await client.Acknowledged(PerRound);
            await client.Close();
            Assert.Equal(0, await daemon.Stop());
        }
        await using Daemon last = await Daemon.Start(data);
        Assert.Equal(Rounds * PerRound, await last.Value("COUNT:cpu:[]"));
        Assert.Equal(Rounds * Ramp(PerRound).Sum(), await last.Value("SUM:cpu:[]"));
        Assert.Equal(PerRound - 1, await last.Value("LAST:cpu:[]"));
    }

    [EndToEndFact]
    public async Task LastWriteWinsAcrossRestarts()
    {
        using var data = new DataFolder();
        for (int round = 1; round <= 3; round++)
        {
            await using Daemon daemon = await Daemon.Start(data);
            await using WebSocketClient client = await WebSocketClient.Version2(daemon);
            await client.Send(WireMessages.RowsOf([new("cpu", [], 7, round), new("cpu", [], 7, round * 10)]));
            await client.Acknowledged(2);
            Assert.Equal(round * 10, await daemon.Value("SUM:cpu:[]"));
            await client.Close();
            Assert.Equal(0, await daemon.Stop());
        }
        await using Daemon last = await Daemon.Start(data);
        Assert.Equal("""{"value":30,"count":1}""", (await last.Query("SUM:cpu:[]")).GetRawText());
    }

    [EndToEndFact]
    public async Task UnacknowledgedPointsOfTheOriginalProtocolAreFlushedToo()
    {
        using var data = new DataFolder();
        await using (Daemon daemon = await Daemon.Start(data))
        {
            await using WebSocketClient client = await WebSocketClient.Original(daemon);
            for (int i = 0; i < 1_000; i++) await client.Send(WireMessages.Event(i, i, "cpu", "host=a"));
            await client.Close(); // its Close answer comes after the events it read before
            Assert.Equal(0, await daemon.Stop());
        }
        await using Daemon again = await Daemon.Start(data);
        Assert.Equal(1_000, await again.Value("COUNT:cpu:[]"));
    }

    // Only what was acknowledged is promised; with a stop in the middle of a stream that is the interesting part.
    [EndToEndFact]
    public async Task StopUnderLoadKeepsWhatWasAcknowledged()
    {
        using var data = new DataFolder();
        ulong acknowledged = 0;
        await using (Daemon daemon = await Daemon.Start(data))
        {
            await using WebSocketClient client = await WebSocketClient.Version2(daemon);
            await client.Send(WireMessages.DefineOf(1, "cpu"));
            Task sending = SendUntilClosed(client);
            while (acknowledged < 100_000) acknowledged = await NextAck(client) ?? throw new EndOfStreamException();
            Task<int> stopping = daemon.Stop();
            while (await NextAck(client) is { } ack) acknowledged = ack;
            Assert.Equal(System.Net.WebSockets.WebSocketCloseStatus.EndpointUnavailable, client.CloseStatus);
            await sending;
            Assert.Equal(0, await stopping);
            Assert.DoesNotContain("may be lost", daemon.Log);
        }
        await using Daemon again = await Daemon.Start(data);
        double? kept = await again.Value("COUNT:cpu:[]");
        Assert.True(kept >= acknowledged, $"{acknowledged} points were acknowledged, {kept} are there");
    }

    // A damaged index is found at the start, a damaged page by the first query that reads it.
    [EndToEndTheory]
    [InlineData("*.idx")]
    [InlineData("*.dat")]
    public async Task DamagedSegmentIsPutAsideAndTheRestServes(string files)
    {
        using var data = new DataFolder();
        for (int round = 0; round < 2; round++)
        {
            await using Daemon daemon = await Daemon.Start(data);
            await using WebSocketClient client = await WebSocketClient.Version2(daemon);
            await client.Send(WireMessages.RowsOf([new("cpu", [], round, round)]));
            await client.Acknowledged(1);
            await client.Close();
            Assert.Equal(0, await daemon.Stop());
        }
        string[] segments = Directory.GetFiles(Path.Combine(data.Path, "segments"), files);
        Assert.Equal(2, segments.Length);
        byte[] bytes = File.ReadAllBytes(segments[0]);
        bytes[bytes.Length / 2] ^= 0x10;
        File.WriteAllBytes(segments[0], bytes);

        await using Daemon again = await Daemon.Start(data);
        Assert.Equal(1, (await again.Query("RAW:cpu:[]")).GetProperty("points").GetArrayLength());
        Assert.Equal(1, await again.Value("COUNT:cpu:[]"));
        await again.Says(Path.GetFileNameWithoutExtension(segments[0]));
    }

    private static async Task SendUntilClosed(WebSocketClient client)
    {
        double[] values = Ramp(1_000);
        try
        {
            for (long start = 0; ; start += values.Length)
                await client.Send(WireMessages.RegularOf(1, start, 1, values));
        }
        catch (Exception e) when (e is System.Net.WebSockets.WebSocketException or InvalidOperationException
            or OperationCanceledException)
        {
            // the daemon has closed: that is what this waits for
        }
    }

    private static async Task<ulong?> NextAck(WebSocketClient client)
    {
        while (await client.Receive() is { } message)
        {
            if (message.Bytes[0] == 0x81) return BitConverter.ToUInt64(message.Bytes, 1);
        }
        return null;
    }

    private static double[] Ramp(int count) => Enumerable.Range(0, count).Select(static i => (double)i).ToArray();
}
