using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>Processes inherit more than options: ignored signals, limits, a working directory, open files. The shell
/// that starts the executable here leaves it odd ones.</summary>
public class OddStartsTests
{
    private const string Execute = "; exec \"$@\"";

    [EndToEndTheory]
    [InlineData(2)]
    [InlineData(15)]
    public async Task SignalsThatWereIgnoredStopTheDaemonAllTheSame(int signal)
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Start("trap '' INT TERM HUP", data);
        Assert.Equal(0, await daemon.Stop(signal));
    }

    [EndToEndFact]
    public async Task FilesThatMayNotGrowAreAFullDisk()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Start("ulimit -f 8", data); // 4 or 8 KiB
        Random random = new(1); // what nothing can be saved of
        string lines = string.Concat(Enumerable.Range(0, 3_000).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $"cpu,host=a value={random.NextDouble()} {i}\n")));
        using (HttpResponseMessage answer = await daemon.Post("/write?precision=s", new StringContent(lines)))
            Assert.Equal(HttpStatusCode.InsufficientStorage, answer.StatusCode);
        using (HttpResponseMessage answer = await daemon.Post("/api/v1/admin/tsdb/flush", new StringContent("")))
            Assert.Equal(HttpStatusCode.InsufficientStorage, answer.StatusCode);
        await Patience.Until("the reason", async () =>
        {
            using HttpResponseMessage health = await daemon.GetFromSocketDoor("/health");
            return await health.Content.ReadAsStringAsync();
        }, static text => text.Contains("ulimit -f"));
    }

    [EndToEndFact]
    public async Task AWorkingDirectoryThatIsGoneIsNoMatterForAbsolutePaths()
    {
        using var data = new DataFolder();
        string leave = $"mkdir {data.Path}/gone; cd {data.Path}/gone; rmdir {data.Path}/gone";
        await using Daemon daemon = await Start(leave, data);
        using (HttpResponseMessage answer = await daemon.Get("/api/v1/status/runtimeinfo"))
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        ProcessResult query = await Run(leave, "query", "--http", $"{daemon.HttpAddress}", "COUNT:cpu:[]");
        Assert.Equal((0, "0"), (query.ExitCode, query.Output.Trim()));
        ProcessResult relative = await Run(leave, "serve", "--listen", "127.0.0.1:0", "--http", "off");
        Assert.Equal(1, relative.ExitCode);
        Assert.Contains("no such file or directory", relative.Error);
        Assert.DoesNotContain("   at ", relative.Error);
        ProcessResult verify = await Run(leave, "verify", "data");
        Assert.Equal(1, verify.ExitCode);
        Assert.Single(verify.Error.Trim().Split('\n'));
    }

    [EndToEndTheory]
    [InlineData("exec > /dev/full", "--version")]
    [InlineData("exec > /dev/full", "--help")]
    [InlineData("exec > /dev/full", "serve", "--help")]
    [InlineData("exec > /dev/full", "man")]
    [InlineData("exec > /dev/full", "completion", "bash")]
    [InlineData("exec 1>&-", "--version")]
    [InlineData("exec 1>&-", "man")]
    [InlineData("exec 1>&- 2>&-", "--version")]
    [InlineData("exec 0<&- 1>&- 2>&-", "--version")]
    public async Task WhatCanNotBePrintedIsAFailureInOneLine(string before, params string[] arguments)
    {
        ProcessResult result = await Run(before, arguments);
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        if (before.Contains("2>", StringComparison.Ordinal)) Assert.Empty(result.Error);
        else Assert.StartsWith("slungd: ", Assert.Single(result.Error.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [EndToEndTheory]
    [InlineData("exec 2>&-")]
    [InlineData("exec 2> /dev/full")]
    public async Task WhatCanNotBeSaidIsNoOtherFailure(string before)
    {
        Assert.Equal(2, (await Run(before, "serve", "--frobnicate")).ExitCode);
        Assert.Equal(2, (await Run(before, "frobnicate")).ExitCode);
        Assert.Equal(1, (await Run(before, "verify", "/no such directory")).ExitCode);
    }

    [EndToEndFact]
    public async Task FilesDoNotTakeThePlaceOfStandardOnes()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Start("exec 0<&- 1>&-", data);
        using (HttpResponseMessage answer = await daemon.Post("/write?precision=s", new StringContent("cpu value=1 1")))
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        foreach (string number in (string[])["0", "1"])
        {
            string? file = File.ResolveLinkTarget($"/proc/{daemon.ProcessId}/fd/{number}", returnFinalTarget: false)
                ?.FullName;
            Assert.StartsWith("/dev/", file); // nothing of the daemon's own
        }
        Assert.Equal(0, await daemon.Stop());
    }

    [SmallDiskFact]
    public async Task NeitherDevNorProcIsNeeded()
    {
        using var data = new DataFolder();
        const string Hide = "mount -t tmpfs none /dev; mount -t tmpfs none /proc";
        List<string> arguments = ["--mount", "--propagation", "private", "/bin/sh", "-c", Hide + Execute, "sh",
            Binary.Path, "serve", "--data", data.Path + "/data", .. Daemon.WithPorts([])];
        await using Daemon daemon = await Daemon.Start(Executable.StartInfo("unshare", arguments, null, null));
        using (HttpResponseMessage answer = await daemon.Post("/write?precision=s", new StringContent("cpu value=1 1")))
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        using (HttpResponseMessage answer = await daemon.GetFromSocketDoor("/metrics"))
            Assert.DoesNotContain("process_open_fds", await answer.Content.ReadAsStringAsync());
        await daemon.Counted("cpu:[]:[0,9000000]", 1);
        Assert.Equal(0, await daemon.Stop());
    }

    [EndToEndTheory]
    [InlineData("serve --http off --data", "--data")]
    [InlineData("serve --http off --data d --statsd", "--statsd", "unix:")]
    [InlineData("token create a --tokens", "--tokens")]
    [InlineData("export --http 127.0.0.1:1 --out", "--out")]
    public async Task APathThatIsNotInUtf8IsRefused(string line, string option, string prefix = "")
    {
        using var folder = new DataFolder();
        string script = $"cd {folder.Path}; exec \"$0\" {line} \"$(printf '{prefix}d\\351j')\"";
        ProcessResult result = await Executable.Run("/bin/sh", ["-c", script, Binary.Path]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"{option}: expected ", result.Error);
        Assert.Contains("a path in UTF-8", result.Error);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [EndToEndFact]
    public async Task CrowdsDoNotTakeTheLastDescriptors()
    {
        const string Flush = "POST /api/v1/admin/tsdb/flush HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
        using var data = new DataFolder();
        await using Daemon daemon = await Start("ulimit -n 128", data);
        await daemon.Says("128 open files (ulimit -n) are enough for");
        using RawPeer writer = await RawPeer.WebSocket(daemon.SocketAddress);
        using RawPeer admin = await RawPeer.To(daemon.HttpAddress!);
        await admin.Send(Flush);
        Assert.StartsWith("HTTP/1.1 200 ", await admin.ReadAnswer());
        List<RawPeer> crowd = [];
        try
        {
            for (int i = 0; i < 400; i++)
                crowd.Add(await RawPeer.To(i % 2 == 0 ? daemon.SocketAddress : daemon.HttpAddress!));
            Assert.StartsWith("HTTP/1.1 503 ", await crowd[398].ReadHead()); // so all were looked at
            await writer.SendFrame(0x82, [WireMessages.Rows, .. WireMessages.Event(1, 2, "cpu")]);
            byte[] acknowledged = [0x82, 9, 0x81, 1, 0, 0, 0, 0, 0, 0, 0];
            Assert.Equal(acknowledged, await writer.Read(11));
            await admin.Send(Flush);
            Assert.Contains("\"segment_points\":1,", await admin.ReadAnswer());
            await admin.Send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 ", await admin.ReadHead());
        }
        finally { crowd.ForEach(static peer => peer.Dispose()); }
        Assert.DoesNotContain("open files", daemon.Log.Replace("128 open files (ulimit", "", StringComparison.Ordinal),
            StringComparison.OrdinalIgnoreCase);
    }

    [EndToEndFact]
    public async Task DescriptorsAreAskedForAsFarAsThereAreSome()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Start("ulimit -S -n 100; ulimit -H -n 3000", data);
        Assert.Equal(3_000, await daemon.Metric("process_max_fds"));
        Assert.DoesNotContain("open files", daemon.Log);
    }

    private static Task<Daemon> Start(string before, DataFolder data, params string[] options) =>
        Daemon.Start(ShellThat(before, ["serve", "--data", data.Path + "/data", .. Daemon.WithPorts([.. options])]));

    private static ProcessStartInfo ShellThat(string before, IEnumerable<string> arguments) =>
        Executable.StartInfo("/bin/sh", ["-c", before + Execute, "sh", Binary.Path, .. arguments], null, null);

    private static Task<ProcessResult> Run(string before, params string[] arguments) =>
        Executable.Run("/bin/sh", ["-c", before + Execute, "sh", Binary.Path, .. arguments]);
}
