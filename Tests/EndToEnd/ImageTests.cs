using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>The container image without a container engine: the final stage's files, in a chroot, as its
/// user.</summary>
public class ImageTests
{
    private static readonly string[] FinalStage = ReadFinalStage();

    [Fact]
    public void FinalStageIsScratchWithoutRoot()
    {
        Assert.Equal("FROM scratch", FinalStage[0]);
        Assert.Matches(@"^\d+:\d+$", Single("USER"));
        Assert.DoesNotContain(FinalStage, static l => l.StartsWith("RUN", StringComparison.Ordinal));
        Assert.Equal("/data", Single("VOLUME"));
        Assert.EndsWith("""CMD ["/slungd", "health"]""", Single("HEALTHCHECK"));
        Assert.Equal(["/slungd"], Strings(Single("ENTRYPOINT")));
        Assert.Equal("serve --listen 0.0.0.0:2077 --http 0.0.0.0:2078 --data /data --insecure",
            string.Join(' ', Strings(Single("CMD"))));
    }

    [ChrootFact]
    public async Task ServesFromNothingButItsOwnFiles()
    {
        using var folder = new DataFolder();
        string image = Path.Combine(folder.Path, "image");
        ProcessResult laidOut = await Executable.Run("bash", [Path.Combine(Repository.Root, "build.sh"), "image-root",
            image]);
        Assert.True(laidOut.ExitCode == 0, laidOut.Error);
        string root = Path.Combine(folder.Path, "root");
        await CopyStage(image, root);

        List<string> command = [.. Strings(Single("ENTRYPOINT")), .. Strings(Single("CMD"))];
        // The image's fixed ports may be taken on this machine; all else runs as it is written.
        int listen = command.IndexOf("--listen") + 1, http = command.IndexOf("--http") + 1;
        (command[listen], command[http]) = ("0.0.0.0:0", "0.0.0.0:0");
        await using Daemon daemon = await Daemon.StartUnready(InChroot(root, command));

        await Patience.Until("ready", () =>
            daemon.GetFromSocketDoor("/ready"), static a => a.StatusCode == HttpStatusCode.OK);
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        await client.Send(WireMessages.RowsOf([new("cpu", ["a=1"], 1, 42.5)]));
        await client.Acknowledged(1);
        Assert.Equal(42.5, await daemon.Value("AVG:cpu:[]"));

        List<string> healthCheck = Strings(Single("HEALTHCHECK")[Single("HEALTHCHECK").IndexOf('[',
            StringComparison.Ordinal)..]);
        ProcessStartInfo health = InChroot(root, [.. healthCheck, "--listen", $"0.0.0.0:{daemon.SocketAddress.Port}"]);
        ProcessResult healthy = await Executable.Run(health.FileName, health.ArgumentList);
        Assert.True(healthy.ExitCode == 0, healthy.Error);

        string status = File.ReadAllText($"/proc/{daemon.ProcessId}/status");
        Assert.Matches($@"(?m)^Uid:\s+{Single("USER").Split(':')[0]}\b", status);
        await client.Close();
        Assert.Equal(0, await daemon.Stop());
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(root, "data", "segments")));
    }

    // What Docker does: /proc and /dev are there, the user has no rights, the root is the stage's files. The mounts
    // live in a namespace of their own and go with the process.
    private static ProcessStartInfo InChroot(string root, List<string> command)
    {
        const string Script =
            """
            set -e
            mount -t proc proc "$0/proc"
            mount --rbind /dev "$0/dev"
            exec chroot --userspec="$1" "$0" "${@:2}"
            """;
        return Executable.StartInfo("unshare",
            ["--mount", "--propagation", "private", "bash", "-c", Script, root, Single("USER"), .. command], null,
                null);
    }

    private static async Task CopyStage(string image, string root)
    {
        Directory.CreateDirectory(Path.Combine(root, "proc"));
        Directory.CreateDirectory(Path.Combine(root, "dev"));
        foreach (string line in FinalStage.Where(static l => l.StartsWith("COPY", StringComparison.Ordinal)))
        {
            Match copy = Regex.Match(line, @"^COPY --from=build (?:--chown=(\S+) )?/image(/\S+/) (/\S*)$");
            Assert.True(copy.Success, $"the test does not understand: {line}");
            string target = root + copy.Groups[3].Value;
            Directory.CreateDirectory(target);
            await Must("cp", "-a", image + copy.Groups[2].Value + ".", target);
            await Must("chown", "-R", copy.Groups[1].Success ? copy.Groups[1].Value : "0:0", target);
        }
    }

    private static async Task Must(string program, params string[] arguments)
    {
        ProcessResult result = await Executable.Run(program, arguments);
        Assert.True(result.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {result.Error}");
    }

    private static string Single(string instruction) =>
        FinalStage.Single(l => l.StartsWith(instruction + " ", StringComparison.Ordinal))[(instruction.Length + 1)..];

    private static List<string> Strings(string json) => JsonSerializer.Deserialize<List<string>>(json)!;

    private static string[] ReadFinalStage()
    {
        string[] lines = Repository.Read("Dockerfile").Replace("\\\n", "", StringComparison.Ordinal).Split('\n')
            .Where(static l => l.Length > 0 && l[0] != '#').ToArray();
        return lines[Array.FindLastIndex(lines, static l => l.StartsWith("FROM ", StringComparison.Ordinal))..];
    }

    /// <summary>A test that needs root, a mount namespace and bash.</summary>
    private sealed class ChrootFactAttribute : FactAttribute
    {
        public ChrootFactAttribute() =>
            Skip = Binary.Missing ?? (CanMount() ? null : "needs root and the right to mount");

        private static bool CanMount()
        {
            if (Environment.UserName != "root" || !Programs.Has("unshare") || !Programs.Has("bash")) return false;
            using Process probe = Process.Start(new ProcessStartInfo("unshare",
                ["--mount", "--propagation", "private", "mount", "-t", "tmpfs", "none",
                    "/mnt"]) { RedirectStandardError = true })!;
            probe.WaitForExit();
            return probe.ExitCode == 0;
        }
    }
}
