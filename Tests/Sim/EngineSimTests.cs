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

    [Theory]
    [InlineData(LogSyncMode.Always)]
    [InlineData(LogSyncMode.Interval)]
    public void FlippedBitsNeverMakeAWrongAnswer(object mode) => Run((LogSyncMode)mode, SimFaults.None, flips: true);

    private static void Run(LogSyncMode mode, SimFaults faults, bool flips = false)
    {
        const int Lives = 5;
        var sync = new LogSync(mode, TimeSpan.FromSeconds(1));
        string kind = $"engine-{mode}{(faults == SimFaults.None ? "" : "-failing")}{(flips ? "-flips" : "")}";
        foreach (ulong seed in SimSeeds.Chosen(kind, usual: 15))
        {
            try
            {
                using var history = new EngineHistory(seed, sync, faults);
                for (int life = 1; life <= Lives; life++) history.Live(flips && life >= Lives - 1);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{kind} {seed}: belongs in Tests/Sim/seeds.txt", e);
            }
        }
    }
}
