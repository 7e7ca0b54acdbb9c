using System;
using System.CommandLine;
using Slungd.Ingest.Hosting.Manual;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>`slungd man` and `slungd completion`: what packages install beside the executable.</summary>
internal static class ManualCommands
{
    public static Command Man()
    {
        Command command = new("man", "Print the manual page, for man(1).");
        command.SetAction(static _ => ManPage.Write(Console.Out, CommandLine.All(), BuildInfo.Version));
        return command;
    }

    public static Command Complete()
    {
        Argument<string> shell = CheckedArgument.Choice("SHELL", "bash, zsh or fish.", "bash", "zsh", "fish");
        Command command = new("completion", "Print a script that completes slungd's commands in a shell.") { shell };
        command.SetAction(result => Completion.Write(Console.Out, CommandLine.All(), result.GetValue(shell)!));
        return command;
    }
}
