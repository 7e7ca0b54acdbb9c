using System.Text.Json;
using System.Threading.Tasks;
using Slungd.Tests.Workflows.Supervisor;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>What one guest may have of the published executable, to the last one: as docs/workflows.md says, and as the
/// options say.</summary>
public class GuestLimitsTests
{
    private const string Query = "AVG:temp:[site=eu]";

    [EndToEndTheory]
    [InlineData(16)]
    [InlineData(3, "--max-live-queries", "3")]
    public async Task LiveQueries(int most, params string[] options)
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, options);
        await WorkflowApi.Put(daemon, "all", Guests.BeginMany(Query, most));
        await WorkflowApi.Put(daemon, "greedy", Guests.BeginMany(Query, most + 1));
        string refused = $"expected at most {most} live queries";
        foreach (string name in (string[])["all", "greedy"]) await WorkflowApi.UntilListening(daemon, name, most);
        await Patience.Until("one too many", () => WorkflowApi.Lines(daemon, "greedy"),
            lines => System.Array.Exists(lines, line => line.Contains(refused)));
        Assert.Equal(most, (await WorkflowApi.One(daemon, "greedy")).GetProperty("live_queries").GetInt32());
        Assert.Equal("running", await WorkflowApi.State(daemon, "greedy"));
        Assert.DoesNotContain(await WorkflowApi.Lines(daemon, "all"), line => line.Contains(refused));
    }

    /// <summary>Of frames `call` is the first. Of slots it depends on the code how many a frame has beyond its locals.
    /// </summary>
    [EndToEndTheory]
    [InlineData(4_095, 4_096, 0)]
    [InlineData(15, 17, 1_000)]
    [InlineData(63, 64, 0, "--max-guest-frames", "64")]
    [InlineData(3, 5, 60, "--max-guest-slots", "256")]
    public async Task Stack(int fits, int isTooDeep, int locals, params string[] options)
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, options);
        await WorkflowApi.Put(daemon, "shallow", Guests.Nest(fits, locals));
        await WorkflowApi.Put(daemon, "deep", Guests.Nest(isTooDeep, locals));
        await WorkflowApi.UntilState(daemon, "shallow", "ended");
        JsonElement deep = await Patience.Until("a trap", () => WorkflowApi.One(daemon, "deep"),
            static one => one.TryGetProperty("last_error", out _));
        Assert.Equal("call stack exhausted", deep.GetProperty("last_error").GetString());
        Assert.Equal(0, await WorkflowApi.Counter(daemon, "shallow", "failures"));
    }
}
