using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Xunit;
using Xunit.Abstractions;

namespace Slungd.Tests.EndToEnd;

/// <summary>The file that is shipped.</summary>
public class BinaryTests(ITestOutputHelper output)
{
    private static readonly string[] LibcFamily =
        ["libc.so", "libm.so", "libdl.so", "libpthread.so", "librt.so", "ld-linux", "libc.musl", "ld-musl"];

    [EndToEndFact]
    public void OneSmallElfFile()
    {
        byte[] magic = new byte[4];
        using FileStream file = File.OpenRead(Binary.Path);
        file.ReadExactly(magic);
        Assert.Equal("\u007fELF"u8.ToArray(), magic);
        output.WriteLine($"{file.Length / 1048576.0:f1} MiB");
        Assert.True(file.Length <= 20_000_000, $"{file.Length} bytes, at most 20 MB");
    }

    [EndToEndFact]
    public async Task StrippedAndNeedsNothingButLibc()
    {
        ProcessResult sections = await Executable.Run("readelf", ["--wide", "--section-headers", Binary.Path]);
        Assert.Equal(0, sections.ExitCode);
        Assert.DoesNotContain(".symtab", sections.Output);
        Assert.DoesNotContain(".debug_info", sections.Output);
        ProcessResult dynamic = await Executable.Run("readelf", ["--wide", "--dynamic", Binary.Path]);
        MatchCollection needed = Regex.Matches(dynamic.Output, @"\(NEEDED\).*\[(.+)\]");
        Assert.NotEmpty(needed);
        Assert.All(needed, static match => AssertLibc(match.Groups[1].Value));
    }

    [EndToEndFact]
    public async Task PlainWebSocketLoadsNoFurtherLibrary()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        await client.Send(WireMessages.RowsOf([new("cpu", [], 1, 1)]));
        await client.Acknowledged(1);
        Assert.Equal(1, await daemon.Value("COUNT:cpu:[]"));
        string[] mapped = File.ReadLines($"/proc/{daemon.ProcessId}/maps")
            .Select(static line => Path.GetFileName(line[(line.LastIndexOf(' ') + 1)..]))
            .Where(static name => name.Contains(".so", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(mapped);
        Assert.All(mapped, AssertLibc);
    }

    // The runtime compares the CPU with what the executable was compiled for before anything else runs.
    [OldCpuFact]
    public async Task OldCpuIsToldInOneLine()
    {
        using var folder = new DataFolder(); // the emulator may leave a core file in the working directory
        ProcessResult result = await Executable.Run(
            "qemu-x86_64", ["-cpu", "Westmere", Binary.Path, "--version"], folder: folder.Path);
        const int SigIll = 4;
        Assert.NotEqual(0, result.ExitCode);
        Assert.NotEqual(128 + SigIll, result.ExitCode);
        Assert.Empty(result.Output);
        string said = Assert.Single(result.Error.Split('\n'),
            static l => l.Length > 0 && !l.StartsWith("qemu", StringComparison.Ordinal));
        Assert.Contains("instruction set", said);
    }

    [OldCpuFact]
    public async Task RightCpuRuns()
    {
        using var folder = new DataFolder();
        ProcessResult result = await Executable.Run(
            "qemu-x86_64", ["-cpu", "max", Binary.Path, "--version"], folder: folder.Path);
        Assert.Equal(0, result.ExitCode);
    }

    private static void AssertLibc(string library) => Assert.True(
        LibcFamily.Any(f => library.StartsWith(f, StringComparison.Ordinal)), $"{library} is no part of libc");

    /// <summary>A test that needs an emulated CPU without AVX2.</summary>
    private sealed class OldCpuFactAttribute : FactAttribute
    {
        public OldCpuFactAttribute() => Skip =
            Binary.Missing
            ?? (RuntimeInformation.ProcessArchitecture != Architecture.X64 ? "the levels v2 to v4 are of x86-64"
            : !Programs.Has("qemu-x86_64") ? "qemu-x86_64 is missing (Debian: qemu-user)" : null);
    }
}
