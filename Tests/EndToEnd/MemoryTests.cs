using System.Linq;
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
}
