using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>What comes with the executable: the Debian package, the manual page, the systemd unit.
/// </summary>
public class PackageTests
{
    [PackageFact]
    public async Task ThePackageHoldsWhatItShould()
    {
        using var folder = new DataFolder();
        string script = Path.Combine(Repository.Root, "build.sh");
        ProcessResult packed = await Executable.Run("bash", [script, "pack", folder.Path],
            patience: 5 * Patience.Limit); // xz
        Assert.True(packed.ExitCode == 0, packed.Error);
        string package = packed.Output.Trim(), root = folder.Path + "/root";
        ProcessResult facts = await Executable.Run("dpkg-deb", ["-f", package, "Package", "Version", "Depends"]);
        Assert.Contains("Package: slungd\n", facts.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await Executable.Run("dpkg-deb", ["-x", package, root])).ExitCode);
        ProcessResult version = await Executable.Run(root + "/usr/bin/slungd", ["--version"]);
        Assert.Contains($"Version: {version.Output.Split('\n')[0]["slungd ".Length..]}\n", facts.Output,
            StringComparison.Ordinal);
        foreach (string file in (string[])["usr/lib/systemd/system/slungd.service",
            "usr/lib/systemd/system/slungd.socket", "etc/slungd/slungd.json",
            "usr/share/man/man1/slungd.1.gz", "usr/share/bash-completion/completions/slungd",
            "usr/share/zsh/vendor-completions/_slungd", "usr/share/fish/vendor_completions.d/slungd.fish",
            "usr/share/doc/slungd/copyright"])
            Assert.True(new FileInfo(Path.Combine(root, file)).Length > 0, file);
        string scripts = folder.Path + "/scripts";
        Assert.Equal(0, (await Executable.Run("dpkg-deb", ["-e", package, scripts])).ExitCode);
        foreach (string name in (string[])["postinst", "prerm", "postrm"])
            Assert.Equal((0, ""), await Checked("sh", await File.ReadAllTextAsync($"{scripts}/{name}")));
        if (Programs.Has("lintian"))
        {
            ProcessResult lint = await Executable.Run("lintian", [package], patience: 5 * Patience.Limit);
            Assert.DoesNotContain("E:", lint.Output, StringComparison.Ordinal);
        }
        await using Daemon daemon = await Daemon.Start(folder.Path + "/data",
            ["--config", root + "/etc/slungd/slungd.json"]); // what the unit starts it with is good
    }

    [EndToEndFact]
    public async Task TheManualNamesEveryOption()
    {
        ProcessResult man = await Executable.Slungd("man");
        Assert.Equal((0, ""), (man.ExitCode, man.Error));
        Assert.StartsWith(".TH SLUNGD 1 ", man.Output, StringComparison.Ordinal);
        foreach (string line in (await Executable.Slungd("serve", "--help")).Output.Split('\n'))
        {
            string option = line.Trim().Split(' ')[0];
            if (!option.StartsWith("--", StringComparison.Ordinal)) continue;
            string escaped = option.Replace("-", "\\-", StringComparison.Ordinal);
            Assert.Contains($"\\fB{escaped}\\fR", man.Output, StringComparison.Ordinal);
        }
        if (!Programs.Has("man")) return;
        ProcessResult shown = await Executable.Run("man", ["--warnings", "-l", "-"], man.Output);
        Assert.Equal((0, ""), (shown.ExitCode, shown.Error));
        Assert.Contains("slungd workflow deploy", shown.Output, StringComparison.Ordinal);
    }

    [EndToEndFact]
    public async Task TheUnitsAreOnesThatSystemdUnderstands()
    {
        if (!Programs.Has("systemd-analyze")) return;
        using var folder = new DataFolder();
        List<string> copies = [];
        foreach (string name in (string[])["slungd.service", "slungd.socket"])
        {
            string text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs/deploy", name));
            copies.Add($"{folder.Path}/{name}"); // the executable need not be installed here
            await File.WriteAllTextAsync(copies[^1],
                text.Replace("/usr/bin/slungd", Binary.Path, StringComparison.Ordinal));
        }
        ProcessResult verified = await Executable.Run("systemd-analyze", ["verify", "--man=no", .. copies]);
        Assert.DoesNotContain("slungd.", verified.Error, StringComparison.Ordinal);
    }

    private static async Task<(int, string)> Checked(string shell, string script)
    {
        ProcessResult result = await Executable.Run(shell, ["-n"], script);
        return (result.ExitCode, result.Error);
    }
}

/// <summary>A test that packs for Debian.</summary>
internal sealed class PackageFactAttribute : FactAttribute
{
    public PackageFactAttribute() =>
        Skip = Binary.Missing ?? (Programs.Has("dpkg-deb") ? null : "there is no dpkg-deb");
}
