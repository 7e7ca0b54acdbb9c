using System;
using Slungd.Engine.Wal;
using Xunit;

namespace Slungd.Tests.Sim;

/// <summary>The whole store on a simulated disk and clock: see <see cref="EngineHistory"/>.</summary>
public class EngineSimTests
{
    private static readonly SimFaults s_failing = new() { Write = 0.01, Sync = 0.03, Name = 0.02 };

    [Theory]
    [InlineData(LogSyncMode.Always)]
    [InlineData(LogSyncMode.Interval)]
    public void NothingPromisedIsLost(object mode) => Run((LogSyncMode)mode, SimFaults.None);

    [Theory]
    [InlineData(LogSyncMode.Always)]
    [InlineData(LogSyncMode.Interval)]
    public void NothingPromisedIsLostOnAFailingDisk(object mode) => Run((LogSyncMode)mode, s_failing);

    private static void Run(LogSyncMode mode, SimFaults faults)
    {
        var sync = new LogSync(mode, TimeSpan.FromSeconds(1));
        foreach (ulong seed in SimSeeds.Chosen(usual: 20))
        {
            try
            {
                using var history = new EngineHistory(seed, sync, faults);
                for (int life = 0; life < 5; life++) history.Live();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}, {mode}", e);
            }
        }
    }
}
