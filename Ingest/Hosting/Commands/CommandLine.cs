using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using Slungd.Ingest.Hosting.Loads;
using Slungd.Ingest.Hosting.Sending;
using Slungd.Ingest.Hosting.Transfer;
using Slungd.Ingest.Hosting.Upkeep;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>The front door's inside: finds the command and runs it. Only the named command is built, since the daemon
/// has ten milliseconds to its first accept.</summary>
internal static class CommandLine
{
    private const string DefaultCommand = "serve";

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
        if (args is ["--version"])
        {
            Console.Out.WriteLine(BuildInfo.Describe());
            return ExitCode.Done;
        }
        if (args.Length == 0) return Run(DefaultCommand, [DefaultCommand]);
        if (Commands.ContainsKey(args[0])) return Run(args[0], args);
        if (args[0] is "--help" or "-h" or "-?" or "help") return RunRoot();
        // `slungd --data d` means `slungd serve --data d`.
        if (args[0].StartsWith('-')) return Run(DefaultCommand, [DefaultCommand, .. args]);
        Console.Error.WriteLine($"slungd: no command \"{args[0]}\"; there are {string.Join(", ", Commands.Keys)}");
        return ExitCode.WrongUsage;
    }

    private static int Run(string name, string[] line)
    {
        RootCommand root = new() { Commands[name]() };
        ParseResult result = root.Parse(line);
        if (result.Errors.Count == 0)
            return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        foreach (ParseError error in result.Errors) Console.Error.WriteLine($"slungd: {error.Message}");
        Console.Error.WriteLine($"slungd: `slungd {name} --help` tells more");
        return ExitCode.WrongUsage;
    }

    /// <summary>Every command, for the help, the manual and completion.</summary>
    public static RootCommand All()
    {
        RootCommand root = new("A time-series data platform in one executable. Without a command it serves.");
        foreach (Func<Command> create in Commands.Values) root.Subcommands.Add(create());
        return root;
    }

    /// <summary>The help of all commands.</summary>
    private static int RunRoot() => All().Parse(["--help"]).Invoke();
}
