using System;
using System.Buffers.Binary;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>A disk that is full, read-only or gone: writes are refused with a reason, queries go on, and when the
/// trouble is over writes are taken again, by themselves. Nothing acknowledged is lost.</summary>
public class TroubledDiskTests
{
    private const int BatchPoints = 1_000;

    private readonly Random _random = new(5);
    private long _kept; // acknowledged so far, with timestamps 0 to _kept - 1

    // With a reserve the daemon stops before the disk is full; without one the disk itself says no, to the log and to
    // flushes. All at once, since each waits for the ten seconds that writers are held back.
    [SmallDiskFact]
    public Task AFullDiskRefusesWritesUntilThereIsRoom() => Task.WhenAll(
        new TroubledDiskTests().FillTheDisk("5%", "always"), new TroubledDiskTests().FillTheDisk("0", "always"),
        new TroubledDiskTests().FillTheDisk("0", "interval"), new TroubledDiskTests().FillTheDisk("0", "off"));

    private async Task FillTheDisk(string reserve, string mode)
    {
        await using SmallDisk disk = await SmallDisk.Mount(megabytes: 16);
        disk.Fill("others", 8);
        string[] options = ["--min-free-disk", reserve, "--wal-sync", mode, "--memory", "4M"];
        if (mode != "off")
        {
            await using Daemon first = await Daemon.Start(disk.Data, options);
            Assert.Equal(9, await SendUntilRefused(first));
            await AssertRefused(first);
            await first.Kill(); // and it starts on a full disk
        }
        await using (Daemon daemon = await Daemon.StartUnready(disk.Data, options))
        {
            await Opened(daemon); // which may have made some room: what the log held is in segments now
            Assert.Equal(_kept, _kept == 0 ? 0 : await daemon.Value($"COUNT:cpu:[]:[0,{_kept - 1}]"));
            Assert.Equal(9, await SendUntilRefused(daemon));
            await AssertRefused(daemon);
            Assert.Equal(_kept, await daemon.Value($"COUNT:cpu:[]:[0,{_kept - 1}]"));
            File.Delete(disk.Path + "/others");
            await Resumed(daemon);
            long before = _kept;
            await SendUntilRefused(daemon, atMost: 20);
            Assert.Equal(before + 20 * BatchPoints, _kept);
            Assert.Equal(_kept, await daemon.Value($"COUNT:cpu:[]:[0,{_kept - 1}]"));
            if (mode == "off") Assert.Equal(0, await daemon.Stop());
            else await daemon.Kill();
        }
        await using Daemon again = await Daemon.Start(disk.Data, options);
        Assert.Equal(_kept, await again.Value($"COUNT:cpu:[]:[0,{_kept - 1}]"));
    }

    [SmallDiskFact]
    public async Task AReadOnlyDiskRefusesWritesUntilItIsNot()
    {
        await using SmallDisk disk = await SmallDisk.Mount(megabytes: 64);
        string[] options = ["--wal-sync", "off", "--memory", "4M"]; // else the log says no before a flush does
        await using (Daemon daemon = await Daemon.Start(disk.Data, options))
        {
            await SendUntilRefused(daemon, atMost: 3);
            await disk.MakeReadOnly(disk.Data + "/segments");
            Assert.Equal(9, await SendUntilRefused(daemon));
            Assert.Contains("read-only", await AssertRefused(daemon));
            await disk.Unmount(disk.Data + "/segments");
            await Resumed(daemon);
            Assert.Equal(_kept, await daemon.Value($"COUNT:cpu:[]:[0,{_kept - 1}]"));
            Assert.Equal(0, await daemon.Stop());
        }
        await disk.MakeReadOnly();
        ProcessResult refused = await Executable.Slungd([.. Daemon.WithPorts(["serve", "--data", disk.Data])]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("read-only", refused.Error);
        Assert.Contains(disk.Data, refused.Error);
        Assert.Equal(0, (await Executable.Slungd("verify", disk.Data)).ExitCode);
    }

    [EndToEndFact]
    public async Task ADataDirectoryThatIsGoneRefusesWritesUntilItIsBack()
    {
        using var folder = new DataFolder();
        string data = folder.Path + "/data";
        await using (Daemon daemon = await Daemon.Start(data, []))
        {
            await SendUntilRefused(daemon, atMost: 3);
            Directory.Move(data, folder.Path + "/elsewhere");
            string reason = await AssertRefused(daemon);
            Assert.Contains(data, reason);
            Directory.CreateDirectory(data); // another volume in its place is no better
            reason = await AssertRefused(daemon);
            Assert.Contains(data, reason);
            Directory.Delete(data);
            Directory.Move(folder.Path + "/elsewhere", data);
            await Resumed(daemon);
            await SendUntilRefused(daemon, atMost: 3);
            Assert.Equal(6 * BatchPoints, await daemon.Value("COUNT:cpu:[]"));
            await daemon.Kill();
        }
        await using Daemon again = await Daemon.Start(data, []);
        Assert.Equal(6 * BatchPoints, await again.Value("COUNT:cpu:[]"));
    }

    [EndToEndFact]
    public async Task ADaemonWhoseDirectoryWasDeletedSaysSoAtTheEnd()
    {
        using var folder = new DataFolder();
        string data = folder.Path + "/data";
        await using Daemon daemon = await Daemon.Start(data, []);
        await SendUntilRefused(daemon, atMost: 3);
        Directory.Delete(data, recursive: true);
        Assert.Equal(1, await daemon.Stop());
        await daemon.Says("the data directory is gone");
        Assert.DoesNotContain("everything is on disk", daemon.Log, StringComparison.Ordinal);
        Assert.False(Directory.Exists(data));
    }

    /// <summary>Sends batches one by one, each when the one before was acknowledged, until one is not.</summary>
    /// <returns>The code of the ERROR; 0 when none came.</returns>
    private async Task<int> SendUntilRefused(Daemon daemon, int atMost = int.MaxValue)
    {
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        await client.Send(WireMessages.DefineOf(1, "cpu", "host=a"));
        long start = _kept;
        for (int batch = 0; batch < atMost; batch++)
        {
            var values = new double[BatchPoints];
            for (int i = 0; i < values.Length; i++) values[i] = _random.NextDouble();
            await client.Send(WireMessages.RegularOf(1, _kept, 1, values));
            while (_kept < start + (batch + 1L) * BatchPoints)
            {
                byte[] reply = (await client.Receive() ?? throw new InvalidOperationException("closed")).Bytes;
                if (reply[0] == 0x82) return BinaryPrimitives.ReadUInt16LittleEndian(reply.AsSpan(13));
                Assert.Equal(0x81, reply[0]);
                _kept = start + BinaryPrimitives.ReadInt64LittleEndian(reply.AsSpan(1));
            }
        }
        return 0;
    }

    /// <summary>Health, readiness and queries say what they should; returns the reason.</summary>
    private async Task<string> AssertRefused(Daemon daemon)
    {
        string reason = "";
        await Patience.Until("not ready", async () =>
        {
            using HttpResponseMessage ready = await daemon.GetFromSocketDoor("/ready");
            if (ready.StatusCode != HttpStatusCode.OK) reason = await Reason(ready);
            return ready.StatusCode;
        }, static status => status == HttpStatusCode.ServiceUnavailable);
        Assert.NotEmpty(reason);
        await Patience.Until("health says so", async () =>
        {
            using HttpResponseMessage health = await daemon.Get("/health");
            return health.StatusCode + await health.Content.ReadAsStringAsync();
        }, static answer => answer.StartsWith("OK", StringComparison.Ordinal)
            && answer.Contains("\"writes\":\"refused\""));
        Assert.True(await daemon.Value($"COUNT:cpu:[]:[0,{_kept - 1}]") >= _kept);
        await using (WebSocketClient asker = await WebSocketClient.Version2(daemon)) // at once, as on port 2078
            Assert.True((await asker.Query("COUNT:cpu:[]")).TryGetProperty("count", out _));
        await daemon.Says("writes are refused");
        return reason;
    }

    private static Task Resumed(Daemon daemon) => Patience.Until("ready again", async () =>
    {
        using HttpResponseMessage ready = await daemon.GetFromSocketDoor("/ready");
        return ready.StatusCode + " " + Encoding.UTF8.GetString(await ready.Content.ReadAsByteArrayAsync());
    }, static answer => answer.StartsWith("OK", StringComparison.Ordinal));

    private static async Task<string> Reason(HttpResponseMessage answer) =>
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("reason").GetString()!;

    /// <summary>Queries are answered once the store is open, whether it takes points or not.</summary>
    private static Task<HttpStatusCode> Opened(Daemon daemon) => Patience.Until("queries are answered",
        async () =>
        {
            using HttpResponseMessage answer = await daemon.Get("/api/v1/dsl?q=COUNT:cpu:[]");
            return answer.StatusCode;
        }, static status => status == HttpStatusCode.OK);
}
