using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using Slungd.Ingest.Hosting.Loads;
using Slungd.Ingest.Hosting.Logging;
using Slungd.Ingest.Hosting.Sending;
using Slungd.Ingest.Hosting.Transfer;
using Slungd.Ingest.Hosting.Upkeep;
using Slungd.Native.Os;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>The front door's inside: finds the command and runs it. Only the named command is built, since the daemon
/// has ten milliseconds to its first accept.</summary>
internal static class CommandLine
{
    private const string DefaultCommand = "serve";

    /// <summary>A word that begins with @ is a word, and names no file with more of them.</summary>
    internal static readonly ParserConfiguration Words = new() { ResponseFileTokenReplacer = null };

    private static readonly Dictionary<string, Func<Command>> Commands = new()
    {
        ["serve"] = ServeCommand.Create,
        ["query"] = QueryCommand.Create,
        ["send"] = SendCommand.Create,
        ["bench"] = BenchCommand.Create,
        ["health"] = HealthCommand.Create,
        ["workflow"] = WorkflowCommand.Create,
        ["token"] = TokenCommand.Create,
        ["export"] = ExportCommand.Create,
        ["import"] = ImportCommand.Create,
        ["snapshot"] = SnapshotCommand.Create,
        ["restore"] = RestoreCommand.Create,
        ["compact"] = CompactCommand.Create,
        ["verify"] = VerifyCommand.Create,
        ["completion"] = ManualCommands.Complete,
        ["man"] = ManualCommands.Man,
    };

    public static int Run(string[] args)
    {
        ProcessSignals.IgnoreFileSize();
        StandardFiles.Complete();
        try { return RunAny(args); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException || DiskException.IsTooLarge(e))
        {
            // Most likely standard output, which is closed or full; but whatever it is, the world is wrong and not we.
            StandardError.Use();
            Console.Error.WriteLine($"slungd: {e.Message}");
            return ExitCode.Failed;
        }
    }

    private static int RunAny(string[] args)
    {
        if (args is ["--version"])
        {
            Console.Out.WriteLine(BuildInfo.Describe());
            return ExitCode.Done;
        }
        if (args.Length == 0) return Run(DefaultCommand, [DefaultCommand]);
        if (Commands.ContainsKey(args[0])) return Run(args[0], args);
        if (args is ["help", { } command] && Commands.ContainsKey(command)) return Run(command, [command, "--help"]);
        if (args[0] is "--help" or "-h" or "-?" or "help") return RunRoot();
        // `slungd --data d` means `slungd serve --data d`.
        if (args[0].StartsWith('-')) return Run(DefaultCommand, [DefaultCommand, .. args]);
        StandardError.Use();
        string there = Spelling.Nearest(args[0], [.. Commands.Keys, "help"]) is { } near ? $"is {near} meant?"
            : $"there are {string.Join(", ", Commands.Keys)}";
        Console.Error.WriteLine($"slungd: no command \"{args[0]}\": {there}");
        return ExitCode.WrongUsage;
    }

    private static int Run(string name, string[] line)
    {
        if (name != DefaultCommand) StandardError.Use(); // the daemon does when it listens
        Command command = Commands[name]();
        // The root brings help, whose texts take a twentieth of the start to find.
        Command root = Array.Exists(line, AsksForHelp) ? new RootCommand { command } : command;
        ParseResult result = root.Parse(line, Words);
        List<string> errors = UsageErrors.Of(result, line);
        if (errors.Count == 0) return Invoke(result);
        StandardError.Use();
        foreach (string error in errors) Console.Error.WriteLine($"slungd: {error}");
        Console.Error.WriteLine($"slungd: `slungd {UsageErrors.PathOf(result.CommandResult)} --help` tells more");
        return ExitCode.WrongUsage;
    }

    private static bool AsksForHelp(string argument) => argument is "--help" or "-h" or "/h" or "-?" or "/?";

    /// <summary>Every command, for the help, the manual and completion.</summary>
    public static RootCommand All()
    {
        RootCommand root = new("A time-series data platform in one executable. Without a command it serves.");
        foreach (Func<Command> create in Commands.Values) root.Subcommands.Add(create());
        return root;
    }

    /// <summary>The help of all commands.</summary>
    private static int RunRoot() => Invoke(All().Parse(["--help"]));

    private static int Invoke(ParseResult result) =>
        result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
