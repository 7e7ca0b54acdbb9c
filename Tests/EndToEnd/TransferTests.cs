using System.IO;
using System.Linq;
using System.Net.Http;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>`slungd export` and `slungd import`, from one daemon to another.</summary>
public class TransferTests
{
    private const string Refused = "{\"metric\":{\"job\":\"x\"},\"values\":[1],\"timestamps\":[1]}\n";

    [EndToEndFact]
    public async Task WhatOneDaemonExportsAnotherImports()
    {
        using DataFolder data = new(), other = new();
        await using Daemon daemon = await Daemon.Start(data), second = await Daemon.Start(other);
        string from = $"{daemon.HttpAddress}", to = $"{second.HttpAddress}";
        string lines = string.Concat(Enumerable.Range(1, 30_000).Select(static i =>
            $"{{\"metric\":{{\"__name__\":\"m{i % 7}\",\"host\":\"{i % 3}\"}},\"values\":[{i}.5],"
                + $"\"timestamps\":[{1_700_000_000_000 + i}]}}\n"));
        ProcessResult sent = await Executable.Run(Binary.Path, ["import", "--http", from], lines + Refused + lines);
        Assert.Equal(1, sent.ExitCode);
        Assert.Contains("standard input, line 30001: expected a label __name__", sent.Error);

        string file = Path.Combine(data.Path, "all.jsonl");
        ProcessResult made = await Executable.Slungd("export", "--http", from, "--out", file);
        Assert.True(made.ExitCode == 0, made.Error);
        ProcessResult kept = await Executable.Slungd("import", file, "--http", to);
        Assert.Equal((0, ""), (kept.ExitCode, kept.Error));
        ProcessResult again = await Executable.Slungd("export", "--http", to);
        Assert.Equal(File.ReadAllText(file), again.Output);
        Assert.Equal(21, again.Output.Count(static c => c == '\n'));

        ProcessResult some = await Executable.Slungd("export", "m1{host=\"1\"}", "m2{host=\"2\"}", "--http", to,
            "--end", "1700000000.5");
        Assert.Equal(2, some.Output.Count(static c => c == '\n'));
        Assert.DoesNotContain("1700000000501", some.Output);
    }

    [EndToEndFact]
    public async Task BodiesThatTheDaemonDoesNotTakeAreCut()
    {
        using DataFolder data = new();
        await using Daemon daemon = await Daemon.Start(data, "--max-body", "64KiB");
        string lines = string.Concat(Enumerable.Range(1, 20_000).Select(static i =>
            $"{{\"metric\":{{\"__name__\":\"m\"}},\"values\":[{i}],\"timestamps\":[{1_700_000_000_000 + i}]}}\n"));
        ProcessResult sent = await Executable.Run(Binary.Path, ["import", "--http", $"{daemon.HttpAddress}"], lines);
        Assert.Equal((0, ""), (sent.ExitCode, sent.Error));
        await daemon.Counted("m:[]:[0,now]", 20_000);
    }

    [EndToEndFact]
    public async Task RoundedTimesAreTold()
    {
        using DataFolder data = new(), fine = new();
        await using Daemon daemon = await Daemon.Start(data, "--precision", "ms");
        await using Daemon finer = await Daemon.Start(fine);
        foreach (Daemon each in (Daemon[])[daemon, finer])
        {
            string http = $"{each.HttpAddress}";
            (await each.Post("/write?precision=us", new StringContent("m value=1 1700000000000001"))).Dispose();
            ProcessResult made = await Executable.Slungd("export", "--http", http);
            Assert.Equal((0, each == finer), (made.ExitCode, made.Error.Contains("finer than a millisecond")));
        }
    }

    [EndToEndFact]
    public async Task WhatDoesNotWorkIsTold()
    {
        using DataFolder data = new();
        await using Daemon daemon = await Daemon.Start(data);
        string http = $"{daemon.HttpAddress}", file = Path.Combine(data.Path, "none.jsonl");
        ProcessResult bad = await Executable.Slungd("export", "{", "--http", http, "--out", file);
        Assert.Equal((1, false), (bad.ExitCode, File.Exists(file)));
        Assert.Contains("expected", bad.Error);
        ProcessResult absent = await Executable.Slungd("import", file, "--http", http);
        Assert.Equal(1, absent.ExitCode);
        Assert.Contains(file, absent.Error);
        Assert.Equal(1, (await Executable.Slungd("export", "--http", $"{daemon.SocketAddress}")).ExitCode);
        Assert.Equal(2, (await Executable.Slungd("export", "--http", "off")).ExitCode);
    }

    [EndToEndTheory]
    [InlineData("a b")]
    [InlineData("a", "--scope", "bogus")]
    [InlineData("a", "--expires", "foo")]
    [InlineData("a", "--series", "-1")]
    [InlineData("a", "--points-per-second", "0")]
    public async Task AValueThatDoesNotFitIsWrongUsage(params string[] options)
    {
        using DataFolder data = new();
        string tokens = Path.Combine(data.Path, "tokens");
        Assert.Equal(2, (await Executable.Slungd(["token", "create", .. options, "--tokens", tokens])).ExitCode);
        Assert.False(File.Exists(tokens));
        Assert.Equal(2, (await Executable.Slungd("workflow", "deploy", "x.wasm", "--name", "bad name")).ExitCode);
    }
}
