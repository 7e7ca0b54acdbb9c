using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>Snapshots, restore, verify and compact, as an operator uses them.</summary>
public class SnapshotsTests
{
    [EndToEndFact]
    public async Task ASnapshotOfARunningDaemonIsRestoredElsewhere()
    {
        using DataFolder data = new(), other = new();
        string snapshot;
        await using (Daemon daemon = await Daemon.Start(data))
        {
            string http = daemon.HttpAddress!.ToString();
            await using WebSocketClient client = await WebSocketClient.Version2(daemon);
            await SendRamp(client, 0);
            ProcessResult made = await Executable.Slungd("snapshot", "--http", http);
            Assert.Equal(0, made.ExitCode);
            snapshot = Path.Combine(data.Path, "snapshots", made.Output.Trim());
            await client.Send(WireMessages.RegularOf(1, 5_000, 1, new double[1_000]));
            await client.Acknowledged(2_000);
            ProcessResult compacted = await Executable.Slungd("compact", "--http", http);
            Assert.Equal((0, 1), (compacted.ExitCode, compacted.Output.Count(static c => c == '\n')));

            ProcessResult mistaken = await Executable.Slungd("compact", "--http", daemon.SocketAddress.ToString());
            Assert.Equal(1, mistaken.ExitCode);
            Assert.Contains("expected the HTTP door", mistaken.Error);

            ProcessResult busy = await Executable.Slungd("verify", data.Path);
            Assert.Equal(1, busy.ExitCode);
            Assert.Contains($"process {daemon.ProcessId}", busy.Error);
            busy = await Executable.Slungd("compact", "--data", data.Path);
            Assert.Equal(1, busy.ExitCode);
            Assert.Contains($"process {daemon.ProcessId}", busy.Error);
            await daemon.Kill();
        }
        string target = Path.Combine(other.Path, "restored");
        Assert.Equal(0, (await Executable.Slungd("verify", snapshot)).ExitCode);
        Assert.Equal(0, (await Executable.Slungd("restore", snapshot, target)).ExitCode);
        ProcessResult again = await Executable.Slungd("restore", snapshot, target);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("not empty", again.Error);
        await using Daemon restored = await Daemon.Start(target, []);
        Assert.Equal(1_000, await restored.Value("COUNT:cpu:[]"));
        Assert.Equal(499_500, await restored.Value("SUM:cpu:[]"));
    }

    [EndToEndFact]
    public async Task WithoutADaemonTheCommandsWorkOnTheDirectory()
    {
        using DataFolder data = new();
        await using (Daemon daemon = await Daemon.Start(data))
        {
            await using WebSocketClient client = await WebSocketClient.Version2(daemon);
            await SendRamp(client, 0);
            await daemon.Kill(); // the points are in the log alone
        }
        ProcessResult verified = await Executable.Slungd("verify", data.Path);
        Assert.Equal(0, verified.ExitCode);
        Assert.Contains("1000 points in the log", verified.Output);
        ProcessResult made = await Executable.Slungd("snapshot", "--data", data.Path);
        Assert.Equal(0, made.ExitCode);
        verified = await Executable.Slungd("verify", Path.Combine(data.Path, "snapshots", made.Output.Trim()));
        Assert.Contains("1 segments with 1000 points", verified.Output);
        Assert.Equal("1 segments, 1000 points",
            string.Join(",", (await Executable.Slungd("compact", "--data", data.Path)).Output.Split(',').Take(2)));

        string segment = Directory.GetFiles(Path.Combine(data.Path, "segments"), "*.dat").Single();
        byte[] bytes = File.ReadAllBytes(segment);
        bytes[^5] ^= 4;
        File.WriteAllBytes(segment, bytes);
        verified = await Executable.Slungd("verify", data.Path);
        Assert.Equal(1, verified.ExitCode);
        Assert.Contains($"damaged: {segment}, offset ", verified.Output);

        ProcessResult absent = await Executable.Slungd("snapshot", "--data", data.Path + "/absent");
        Assert.Equal(1, absent.ExitCode);
        Assert.False(Directory.Exists(data.Path + "/absent"));
        Assert.Equal(2, (await Executable.Slungd("compact", "--data", "x", "--http", "127.0.0.1:1")).ExitCode);
    }

    private static async Task SendRamp(WebSocketClient client, long start)
    {
        await client.Send(WireMessages.DefineOf(1, "cpu", "host=a"));
        double[] values = Enumerable.Range(0, 1_000).Select(static i => (double)i).ToArray();
        await client.Send(WireMessages.RegularOf(1, start, 1, values));
        await client.Acknowledged(1_000);
    }
}
