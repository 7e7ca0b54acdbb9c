using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;
using Xunit.Abstractions;

namespace Slungd.Tests.EndToEnd;

/// <summary>The daemon under kill -9 in a loop while clients count acks: what was acknowledged is there. The memory is
/// so small that kills also hit flushes and compactions. SLUNGD_KILLS makes it a long run.</summary>
public class KillsTests(ITestOutputHelper output)
{
    private const int Usual = 10;

    [EndToEndTheory]
    [InlineData("always")]
    [InlineData("interval")]
    public async Task NothingAcknowledgedIsLost(string mode)
    {
        int kills = LongRuns.Count(LongRuns.Kills, Usual);
        using var data = new DataFolder();
        var random = new Random(kills);
        AckedWriter[] writers = [new(1), new(2)];
        string[] options = ["--wal-sync", mode, "--memory", "16M"];
        for (int kill = 0; kill < kills; kill++)
        {
            if (random.Next(5) == 0) await KillInRecovery(data, options, random);
            await using Daemon daemon = await Daemon.Start(data, options);
            await Check(daemon, writers, isAll: kill % 50 == 49, $"after {kill} kills");
            Task[] sending = [.. writers.Select(writer => writer.SendUntilKilled(daemon))];
            if (kill % 2 == 1) // with something to lose, however slow the disk
            {
                await Patience.Until("ACKs", () => Task.FromResult(writers.All(static w => w.HasAcks)),
                    static all => all);
            }
            await Task.Delay(random.Next(5, 150));
            await daemon.Kill();
            await Task.WhenAll(sending);
        }
        await using Daemon last = await Daemon.Start(data, options);
        await Check(last, writers, isAll: true, "at the end");
        Assert.Equal(0, await last.Stop());
        Assert.Empty(Directory.GetFiles(Path.Combine(data.Path, "wal")));
        Assert.Equal(0, (await Executable.Slungd("verify", data.Path)).ExitCode);
        long kept = writers.Sum(static w => w.Kept);
        output.WriteLine($"--wal-sync {mode}: {kills} kills, {kept} points acknowledged, 0 lost");
        Assert.True(kept >= kills / 2);
    }

    private static async Task Check(Daemon daemon, AckedWriter[] writers, bool isAll, string when)
    {
        foreach (AckedWriter writer in writers)
            if (await writer.FindLoss(daemon, isAll) is { } loss) Assert.Fail($"{when}: {loss}\n{daemon.Log}");
    }

    private static async Task KillInRecovery(DataFolder data, string[] options, Random random)
    {
        await using Daemon daemon = await Daemon.StartUnready(data.Path, options);
        await Task.Delay(random.Next(10));
        await daemon.Kill();
    }
}
