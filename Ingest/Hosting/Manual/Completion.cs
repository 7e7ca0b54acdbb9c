using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Completions;
using System.IO;

namespace Slungd.Ingest.Hosting.Manual;

/// <summary>What a shell needs to complete commands, options and their values, from the same commands as `--help`.
/// </summary>
internal static class Completion
{
    /// <summary>A command with all that may follow it.</summary>
    /// <param name="Path">Its words after `slungd`; empty for the root, which takes what `serve` takes.</param>
    /// <param name="Command">The command.</param>
    /// <param name="Options">Its own and those that it inherits.</param>
    internal readonly record struct Place(string Path, Command Command, List<Option> Options)
    {
        /// <summary>Choices of its argument, such as the shells of `completion`.</summary>
        public string[] Words => Command.Arguments.Count == 0 ? [] : ChoicesOf(Command.Arguments[0]);

        /// <summary>Whether files may follow.</summary>
        public bool TakesFiles => Command.Arguments.Count > 0 && IsPath(Command.Arguments[0].Name);
    }

    /// <param name="to">Gets the script.</param>
    /// <param name="root">With every command.</param>
    /// <param name="shell">bash, zsh or fish.</param>
    public static void Write(TextWriter to, RootCommand root, string shell)
    {
        List<Place> places = [];
        Collect(root, "", [], places);
        foreach (Place place in places)
            if (place.Path == "serve") places[0].Options.AddRange(place.Options.FindAll(IsNew));
        if (shell == "bash") BashCompletion.Write(to, places);
        else if (shell == "zsh") ZshCompletion.Write(to, places);
        else FishCompletion.Write(to, places);

        bool IsNew(Option option) => !places[0].Options.Exists(known => known.Name == option.Name);
    }

    /// <summary>Whether something must follow it.</summary>
    public static bool TakesValue(Option option) => option.Arity.MinimumNumberOfValues > 0;

    /// <summary>The choices of a value such as `--precision ns|us|ms|s`; empty when it is free.</summary>
    public static string[] ChoicesOf(Symbol symbol)
    {
        string[] words = (symbol as Option)?.HelpName?.Split('|') ?? [];
        if (words.Length > 1)
            return Array.FindAll(words, static word => !word.AsSpan().ContainsAnyExceptInRange('a', 'z'));
        List<string> known = [];
        if (symbol is Argument || TakesValue((Option)symbol))
            foreach (CompletionItem item in symbol.GetCompletions(CompletionContext.Empty)) known.Add(item.Label);
        return [.. known];
    }

    /// <summary>Whether the name of a value says that it is a file or a directory.</summary>
    public static bool IsPath(string? name) => name is "FILE" or "DIR" or "SNAPSHOT";

    private static void Collect(Command command, string path, IReadOnlyList<Option> inherited, List<Place> places)
    {
        List<Option> options = [.. inherited];
        foreach (Option option in command.Options) if (!option.Hidden) options.Add(option);
        places.Add(new Place(path, command, options));
        List<Option> passedOn = options.FindAll(static option => option.Recursive);
        foreach (Command inner in command.Subcommands)
            Collect(inner, $"{path} {inner.Name}".TrimStart(), passedOn, places);
    }
}
