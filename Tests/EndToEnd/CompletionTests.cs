using System;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>`slungd completion`, in the shells themselves.</summary>
public class CompletionTests
{
    [EndToEndTheory]
    [InlineData("slungd work", "workflow")]
    [InlineData("slungd workflow dep", "deploy")]
    [InlineData("slungd serve --wal-s", "--wal-sync --wal-size-limit")]
    [InlineData("slungd serve --precision ", "ns us ms s")]
    [InlineData("slungd --data x query --js", "--json")]
    [InlineData("slungd workflow deploy --ht", "--http")]
    [InlineData("slungd --wal-s", "--wal-sync --wal-size-limit")]
    [InlineData("slungd send --format ", "csv json")]
    [InlineData("slungd completion ", "bash fish zsh --help")]
    public async Task BashCompletes(string line, string expected)
    {
        string script = (await Executable.Slungd("completion", "bash")).Output;
        string[] words = line.Split(' ');
        string quoted = string.Join(' ', Array.ConvertAll(words, static word => $"'{word}'"));
        ProcessResult completed = await Executable.Run("bash", ["-c", script
            + $"\nCOMP_WORDS=({quoted}); COMP_CWORD={words.Length - 1}; _slungd; echo \"${{COMPREPLY[@]}}\""]);
        Assert.Equal("", completed.Error);
        Assert.Equal(expected, completed.Output.Trim());
    }

    /// <summary>A zsh of its own, on a terminal: what a tab makes of a line, from the first one on.</summary>
    [ShellTheory("zsh")]
    [InlineData("slungd work", "slungd workflow ")]
    [InlineData("slungd workflow dep", "slungd workflow deploy ")]
    [InlineData("slungd workflow deploy --na", "slungd workflow deploy --name=")]
    [InlineData("slungd workflow --http x deploy gu", "slungd workflow --http x deploy guest.wasm ")]
    [InlineData("slungd serve --precision n", "slungd serve --precision ns ")]
    [InlineData("slungd --wal-re", "slungd --wal-replay=")]
    [InlineData("slungd --data x query --js", "slungd --data x query --json ")]
    [InlineData("slungd send --format j", "slungd send --format json ")]
    [InlineData("slungd health --re", "slungd health --ready ")]
    [InlineData("slungd verify fol", "slungd verify folder/")]
    [InlineData("slungd health gu", "slungd health gu")]
    public async Task ZshCompletes(string line, string expected)
    {
        const string Drive = """
            zmodload zsh/zpty
            zpty shell zsh -f -i
            zpty -w shell "PS1=; fpath=($PWD/functions \$fpath); autoload -Uz compinit; compinit -D -u
            tell() { print -r -- \"<\$((6*7))<\$BUFFER>\$((6*7))>\" }; zle -N tell; bindkey '^X' tell"
            zpty -w -n shell "$1"$'\t\x18'
            zpty -r -m shell out '*<42<*>42>*'
            print -r -- "${${out##*<42<}%%>42>*}"
            """;
        using DataFolder folder = await ShellFolder("zsh", "functions/_slungd");
        ProcessResult ran = await Executable.Run("zsh", ["-f", "-c", Drive, "zsh", line], folder: folder.Path);
        Assert.Equal((expected + "\n", ""), (ran.Output, ran.Error));
    }

    [ShellTheory("fish")]
    [InlineData("slungd work", "workflow")]
    [InlineData("slungd workflow dep", "deploy")]
    [InlineData("slungd workflow deploy ", "folder/ functions/ guest.wasm")]
    [InlineData("slungd workflow deploy --na", "--name")]
    [InlineData("slungd serve --precision ", "ms ns s us")]
    [InlineData("slungd --wal-s", "--wal-size-limit --wal-sync")]
    [InlineData("slungd --data x query --js", "--json")]
    [InlineData("slungd send --format ", "csv json")]
    [InlineData("slungd completion ", "bash fish zsh")]
    [InlineData("slungd health ", "")]
    [InlineData("slungd bench --data fo", "folder/")]
    public async Task FishCompletes(string line, string expected)
    {
        using DataFolder folder = await ShellFolder("fish", "functions/slungd.fish");
        ProcessResult ran = await Executable.Run("fish",
            ["--no-config", "-c", "source functions/slungd.fish; complete -C $argv[1]", line], folder: folder.Path);
        string[] words = ran.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expected, string.Join(' ', Array.ConvertAll(words, static word => word.Split('\t')[0])));
        Assert.Equal("", ran.Error);
    }

    /// <summary>A folder with the script in its place, a module and another folder.</summary>
    private static async Task<DataFolder> ShellFolder(string shell, string script)
    {
        DataFolder folder = new();
        Directory.CreateDirectory(Path.Combine(folder.Path, "functions"));
        Directory.CreateDirectory(Path.Combine(folder.Path, "folder"));
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "guest.wasm"), "");
        await File.WriteAllTextAsync(Path.Combine(folder.Path, script),
            (await Executable.Slungd("completion", shell)).Output);
        return folder;
    }

    /// <summary>A test in a shell that not everybody has.</summary>
    private sealed class ShellTheoryAttribute : TheoryAttribute
    {
        public ShellTheoryAttribute(string shell) => Skip = Binary.Missing
            ?? (Programs.Has(shell) ? null : $"{shell} is not installed (Debian: {shell})");
    }

    [EndToEndFact]
    public async Task OtherShellsAreWrongUsage()
    {
        ProcessResult refused = await Executable.Slungd("completion", "tcsh");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("bash", refused.Error);
    }
}
