using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Slungd.Ingest.Hosting.Commands;
using Xunit;
using Xunit.Abstractions;

namespace Slungd.Tests.EndToEnd;

/// <summary>The daemon as a process: options, exit codes, one per data directory, memory.</summary>
public class ProcessTests(ITestOutputHelper output)
{
    [EndToEndFact]
    public async Task VersionAndHelp()
    {
        ProcessResult version = await Executable.Slungd("--version");
        Assert.Equal(0, version.ExitCode);
        Assert.Matches(@"^slungd \d+\.\d+\.\d+", version.Output);
        ProcessResult help = await Executable.Slungd("--help");
        Assert.Equal(0, help.ExitCode);
        foreach (string command in new[] { "serve", "query", "send", "bench", "health" })
            Assert.Contains(command, help.Output);
        Assert.Contains("slungd query <QUERY>", (await Executable.Slungd("help", "query")).Output);
        Assert.Contains("no command \"quary\": is query meant?", (await Executable.Slungd("quary", "x")).Error);
    }

    [EndToEndTheory]
    [InlineData("serve", "--no-such-option")]
    [InlineData("--no-such-option")]
    [InlineData("no-such-command")]
    [InlineData("serve", "--precision", "days")]
    [InlineData("serve", "--listen", "nowhere")]
    [InlineData("serve", "--memory", "a lot")]
    [InlineData("serve", "--listen", "0.0.0.0:0")]
    [InlineData("query")]
    [InlineData("serve", "--config", "")]
    [InlineData("verify", "")]
    [InlineData("bench", "--data", "x")]
    [InlineData("bench", "--billion", "--series", "3")]
    [InlineData("bench", "--wasm", "--billion")]
    [InlineData("token", "list", "--tokens", "")]
    public async Task WrongUsageExitsWith2(params string[] arguments)
    {
        using var folder = new DataFolder();
        ProcessResult result = await Executable.Run(Binary.Path, arguments, folder: folder.Path);
        Assert.Equal(2, result.ExitCode);
        Assert.NotEmpty(result.Error);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    /// <summary>What a newcomer does wrong is told in a newcomer's words.</summary>
    [EndToEndFact]
    public async Task MistakesAreToldWithWhatIsWrong()
    {
        using var data = new DataFolder();
        ProcessResult small = await Executable.Slungd("--data", data.Path, "--memory", "5");
        Assert.Contains("2GB, from 4MiB to 2GiB, got \"5\"", small.Error);
        ProcessResult nowhere = await Executable.Slungd("verify", data.Path + "/nowhere");
        Assert.Equal((1, ""), (nowhere.ExitCode, nowhere.Output));
        Assert.Contains("nowhere: there is no such directory", nowhere.Error);
        await using Daemon daemon = await Daemon.Start(data);
        await daemon.Says($"HTTP door on {daemon.HttpAddress}, with the page at http://{daemon.HttpAddress}/");
        string module = data.Path + "/text.wasm";
        await File.WriteAllTextAsync(module, "no module");
        ProcessResult deployed = await Executable.Slungd(
            "workflow", "deploy", module, "--http", $"{daemon.HttpAddress}");
        Assert.Equal(1, deployed.ExitCode);
        Assert.StartsWith($"slungd: {module}: ", deployed.Error, System.StringComparison.Ordinal);
    }

    /// <summary>A mistyped option once was the name of a file, a selector or a token.</summary>
    [EndToEndFact]
    public async Task NoCommandTakesAnUnknownOptionForSomethingElse()
    {
        using var folder = new DataFolder();
        foreach (string command in LeavesOf(CommandLine.All(), ""))
        {
            ProcessResult result = await Executable.Run(Binary.Path, [.. command.Split(' '), "--frobnicate", "x"],
                folder: folder.Path);
            Assert.Contains("slungd: no option \"--frobnicate\"", result.Error);
            Assert.Contains($"`slungd {command} --help`", result.Error);
            Assert.Equal(2, result.ExitCode);
        }
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
        ProcessResult typo = await Executable.Slungd("health", "--raedy");
        Assert.Contains("is --ready meant?", typo.Error);
        ProcessResult file = await Executable.Run(Binary.Path, ["import", "--", "--frobnicate"], folder: folder.Path);
        Assert.Equal(1, file.ExitCode);
        Assert.Contains(Path.Combine(folder.Path, "--frobnicate"), file.Error);
    }

    [EndToEndTheory]
    [InlineData("send", "--series", "--frobnicate")] // --series=--frobnicate would be one
    [InlineData("export", "--start", "1", "-x")]
    [InlineData("workflow", "deploy", "--nmae=x", "guest.wasm")]
    public async Task AnOptionIsNoValueOfAnother(params string[] arguments)
    {
        ProcessResult result = await Executable.Slungd(arguments);
        Assert.Contains("slungd: no option", result.Error);
        Assert.Equal(2, result.ExitCode);
    }

    private static IEnumerable<string> LeavesOf(Command command, string path)
    {
        if (command.Subcommands.Count == 0) yield return path;
        foreach (Command inner in command.Subcommands)
            foreach (string leaf in LeavesOf(inner, $"{path} {inner.Name}".TrimStart())) yield return leaf;
    }

    [EndToEndFact]
    public async Task SecondDaemonOnTheSameDataSaysWhoHoldsIt()
    {
        using var data = new DataFolder();
        await using Daemon first = await Daemon.Start(data);
        ProcessResult second = await Executable.Slungd(
            "serve", "--data", data.Path, "--listen", "127.0.0.1:0", "--http", "off");
        Assert.Equal(1, second.ExitCode);
        Assert.Contains(first.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), second.Error);
        Assert.Equal(HttpStatusCode.OK, (await first.GetFromSocketDoor("/ready")).StatusCode);
    }

    [EndToEndTheory]
    [InlineData("listen")]
    [InlineData("http")]
    [InlineData("otlp-grpc")]
    [InlineData("graphite")]
    [InlineData("statsd")]
    public async Task AnAddressThatIsTakenIsToldWithItsOption(string option)
    {
        using var data = new DataFolder();
        bool isUdp = option == "statsd";
        using Socket taken = new(AddressFamily.InterNetwork, isUdp ? SocketType.Dgram : SocketType.Stream,
            isUdp ? ProtocolType.Udp : ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        if (!isUdp) taken.Listen();
        List<string> line = ["serve", "--data", data.Path, "--" + option, $"{taken.LocalEndPoint}"];
        ProcessResult result = await Executable.Slungd([.. Daemon.WithPorts(line)]);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"--{option} {taken.LocalEndPoint}: Address already in use", result.Output + result.Error);
    }

    [EndToEndFact]
    public async Task DataDirectoryIsFreeAgainAfterAKill()
    {
        using var data = new DataFolder();
        await using (Daemon first = await Daemon.Start(data)) await first.Kill();
        await using Daemon second = await Daemon.Start(data);
        Assert.Equal(0, await second.Stop());
    }

    [EndToEndFact]
    public async Task PrecisionIsFixedAtTheFirstStart()
    {
        using var data = new DataFolder();
        await using (Daemon first = await Daemon.Start(data, "--precision", "ms")) Assert.Equal(0, await first.Stop());
        ProcessResult other = await Executable.Slungd(
            "serve", "--data", data.Path, "--precision", "ns", "--listen", "127.0.0.1:0", "--http", "off");
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("ms", other.Error);
    }

    [EndToEndFact]
    public async Task CommandLineWinsOverEnvironmentOverFile()
    {
        using var data = new DataFolder();
        File.WriteAllText(Path.Combine(data.Path, "slungd.json"), """{"log-format":"json","http":"off"}""");
        await using (Daemon file = await Start(null))
            Assert.Contains("\"Message\":", file.Log, System.StringComparison.OrdinalIgnoreCase);
        await using (Daemon environment = await Start("text"))
            Assert.DoesNotContain("\"Message\":", environment.Log, System.StringComparison.OrdinalIgnoreCase);
        await using (Daemon commandLine = await Start("text", "--log-format", "json"))
            Assert.Contains("\"Message\":", commandLine.Log, System.StringComparison.OrdinalIgnoreCase);

        Task<Daemon> Start(string? variable, params string[] options)
        {
            var environment = new Dictionary<string, string>();
            if (variable is not null) environment["SLUNGD_LOG_FORMAT"] = variable;
            return Daemon.Start(Path.Combine(data.Path, "data"), ["--http", "off", .. options], environment, data.Path);
        }
    }

    [EndToEndFact]
    public async Task UnknownConfigKeyIsAnErrorUnknownVariableAWarning()
    {
        using var data = new DataFolder();
        string config = Path.Combine(data.Path, "other.json");
        File.WriteAllText(config, """{"wal-sink":"always"}""");
        ProcessResult result = await Executable.Slungd("serve", "--config", config, "--listen", "127.0.0.1:0");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("wal-sink", result.Error);

        await using Daemon daemon = await Daemon.Start(Path.Combine(data.Path, "data"), ["--http", "off"],
            new Dictionary<string, string> { ["SLUNGD_WAL_SINK"] = "always" });
        await daemon.Says("SLUNGD_WAL_SINK");
        Assert.Equal(1, daemon.Log.Split('\n').Count(static l =>
            l.Contains("SLUNGD_WAL_SINK", System.StringComparison.Ordinal)));
    }

    [EndToEndFact]
    public async Task StopsInOrder()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await using WebSocketClient idle = await WebSocketClient.Version2(daemon);
        Task<(System.Net.WebSockets.WebSocketMessageType, byte[])?> end = idle.Receive();
        Assert.Equal(0, await daemon.Stop());
        Assert.Null(await end);
        Assert.Equal(System.Net.WebSockets.WebSocketCloseStatus.EndpointUnavailable, idle.CloseStatus); // 1001
        Assert.DoesNotContain("longer than", daemon.Log);
    }

    // Resident memory is a promise of the product, and unlike time it does not depend on what else the machine does.
    [EndToEndTheory]
    [InlineData("off", 12)]
    [InlineData("127.0.0.1:0", 28)]
    public async Task IdleMemoryIsSmall(string http, int limitMiB)
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, "--http", http);
        // A second after the start the daemon gives back what only the start needed.
        double resident = await Patience.Until($"at most {limitMiB} MiB resident",
            () => Task.FromResult(daemon.ResidentBytes() / 1048576.0), mebibytes => mebibytes <= limitMiB);
        output.WriteLine($"idle with --http {http}: {resident:f1} MiB resident");
    }
}
