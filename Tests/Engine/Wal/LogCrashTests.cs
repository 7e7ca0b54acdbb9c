using System;
using Slungd.Engine.Wal;
using Slungd.Tests.Sim;
using Xunit;

namespace Slungd.Tests.Engine.Wal;

/// <summary>After each restart the log holds what was promised: see <see cref="LogHistory"/>.</summary>
public class LogCrashTests
{
    private static readonly SimFaults s_failing = new() { Write = 0.02, Sync = 0.05, Name = 0.05 };

    [Theory]
    [InlineData(LogSyncMode.Always)]
    [InlineData(LogSyncMode.Interval)]
    public void NothingPromisedIsLost(object mode) => Run((LogSyncMode)mode, SimFaults.None);

    [Theory]
    [InlineData(LogSyncMode.Always)]
    [InlineData(LogSyncMode.Interval)]
    public void NothingPromisedIsLostOnAFailingDisk(object mode) => Run((LogSyncMode)mode, s_failing);

    [Fact]
    public void ASmallHistorySurvivesACrashAtEachCall()
    {
        // The same history for every call: all states in between are met, in both modes and both ways to go down.
        foreach (LogSync sync in new[] { LogSync.Always, LogSync.EverySecond })
        {
            for (long call = 1; call < 200; call++)
            {
                using var history = new LogHistory(7, sync, SimFaults.None);
                if (!history.RunUntilCrash(call, steps: 25)) break;
                history.Restart(call % 2 == 0 ? SimCrash.PowerCut : SimCrash.Kill);
            }
        }
    }

    private static void Run(LogSyncMode mode, SimFaults faults)
    {
        var sync = new LogSync(mode, TimeSpan.FromSeconds(1));
        foreach (ulong seed in SimSeeds.Chosen("log", usual: 30))
        {
            try
            {
                using var history = new LogHistory(seed, sync, faults);
                for (int life = 0; life < 6; life++) history.Live();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}, {mode}", e);
            }
        }
    }
}
