using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Slungd.Tests.Workflows.Supervisor;
using Slungd.Tests.Workflows.Wasmtime;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>`--wasm-engine` in the published executable, with a library that has Wasmtime's interface.</summary>
public class WasmEngineTests
{
    private const string Query = "AVG:temp:[site=eu]", Nowhere = "/nowhere/libwasmtime.so";

    [EndToEndFact]
    public async Task WithoutTheLibraryWasmtimeIsRefused()
    {
        using var data = new DataFolder();
        ProcessResult ended = await Executable.Run(Binary.Path,
            ["serve", "--data", data.Path, "--listen", "127.0.0.1:0", "--http", "off", "--wasm-engine", "wasmtime"],
            environment: new Dictionary<string, string> { ["SLUNGD_WASMTIME_LIB"] = Nowhere });
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains($"--wasm-engine wasmtime: {Nowhere} can't be loaded: cannot open shared object file: "
            + "No such file or directory (SLUNGD_WASMTIME_LIB may name its file)", ended.Output + ended.Error,
            StringComparison.Ordinal);
        Assert.DoesNotContain("WebSocket door", ended.Output + ended.Error, StringComparison.Ordinal);
    }

    [EndToEndFact]
    public async Task WithoutTheLibraryAutoTakesTheEmbeddedEngineAndSaysSo()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data.Path, [],
            new Dictionary<string, string> { ["SLUNGD_WASMTIME_LIB"] = Nowhere });
        await daemon.Says("on the embedded engine");
        Assert.Single(daemon.Log.Split('\n'), static line =>
            line.Contains($"on the embedded engine: {Nowhere} can't be loaded", StringComparison.Ordinal));
        Assert.Equal("embedded", (await Workflows(daemon)).GetProperty("engine").GetString());
        Assert.DoesNotContain("unknown environment variables", daemon.Log, StringComparison.Ordinal);
    }

    [StandInEndToEndFact]
    public async Task AWorkflowRunsOnTheLibrary()
    {
        using var library = new StandIn();
        using var data = new DataFolder();
        string module = Path.Combine(data.Path, "echo.wasm");
        await File.WriteAllBytesAsync(module, Guests.Echo(Query, producer: 1));
        await using Daemon daemon = await Daemon.Start(data.Path, ["--wasm-engine", "wasmtime", "--wasm", module],
            new Dictionary<string, string> { ["SLUNGD_WASMTIME_LIB"] = library.Path });
        await daemon.Says($"workflows run on Wasmtime: {library.Path}");
        JsonElement workflows = await Patience.Until("a live query", () => Workflows(daemon), static answer =>
            answer.GetProperty("workflows").EnumerateArray().Any(static w =>
                w.GetProperty("live_queries").GetInt32() == 1));
        Assert.Equal("wasmtime", workflows.GetProperty("engine").GetString());
        string metrics = await (await daemon.Get("/metrics")).Content.ReadAsStringAsync();
        Assert.Contains("slungd_workflow_engine_info{engine=\"wasmtime\"} 1\n", metrics, StringComparison.Ordinal);
        await using (WebSocketClient producer = await WebSocketClient.Original(daemon))
        {
            await producer.Send(WireMessages.Event(6, 21.5, "temp", "site=eu"));
            Assert.Equal("""{"timestamp":6,"value":21.5,"tags":["site=eu"],"producers":[1],"series":"temp"}""",
                (await producer.ReceiveJson()).GetRawText());
        }
        string spin = Path.Combine(data.Path, "spin.wasm");
        await File.WriteAllBytesAsync(spin, Guests.Spin());
        ProcessResult deployed =
            await Executable.Slungd("workflow", "deploy", spin, "--http", $"{daemon.HttpAddress}");
        Assert.Equal((0, ""), (deployed.ExitCode, deployed.Error));
        Assert.Equal(0, await daemon.Stop()); // a spinning guest holds nobody up
        Assert.DoesNotContain("did not end in time", daemon.Log, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> Workflows(Daemon daemon)
    {
        string text = await (await daemon.Get("/api/v1/workflows")).Content.ReadAsStringAsync();
        return JsonDocument.Parse(text).RootElement.GetProperty("data");
    }
}

/// <summary>A test that needs the published executable and a C compiler.</summary>
internal sealed class StandInEndToEndFactAttribute : FactAttribute
{
    public StandInEndToEndFactAttribute() => Skip = Binary.Missing ?? StandIn.Missing;
}
