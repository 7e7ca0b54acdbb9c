using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;

namespace Slungd.Ingest.Hosting.Manual;

/// <summary>slungd(1) from the same commands and options as `--help`, in the man macros (man-pages(7)).</summary>
internal static class ManPage
{
    public static void Write(TextWriter to, RootCommand root, string version)
    {
        to.WriteLine($".TH SLUNGD 1 \"\" \"slungd {version}\" \"User Commands\"");
        to.WriteLine(".SH NAME\nslungd \\- time\\-series data platform in one executable");
        to.WriteLine(".SH SYNOPSIS\n.B slungd\n[\\fICOMMAND\\fR] [\\fIOPTIONS\\fR]");
        to.WriteLine(".SH DESCRIPTION");
        to.WriteLine(Escape(root.Description ?? ""));
        to.WriteLine(".SH COMMANDS");
        foreach (Command command in root.Subcommands) WriteCommand(to, "slungd", command, []);
        to.WriteLine(".SH EXIT STATUS\n0 done, 1 failed, 2 wrong usage.");
        to.WriteLine(".SH ENVIRONMENT");
        to.WriteLine("Every option of \\fBslungd serve\\fR can be given as a variable: \\fB\\-\\-wal\\-sync\\fR is "
            + "\\fBSLUNGD_WAL_SYNC\\fR. \\fBSLUNGD_TOKEN\\fR is the token that the client commands show.");
        to.WriteLine(".SH FILES\n.TP\n.I slungd.json");
        to.WriteLine("The same options, without their dashes, as JSON; in the working directory, or where "
            + "\\fB\\-\\-config\\fR says.");
    }

    private static void WriteCommand(TextWriter to, string before, Command command, IReadOnlyList<Option> inherited)
    {
        string name = $"{before} {command.Name}";
        List<Option> options = [.. inherited];
        foreach (Option option in command.Options) if (!option.Hidden) options.Add(option);
        List<Option> passedOn = options.FindAll(static option => option.Recursive);
        if (command.Subcommands.Count == 0)
        {
            to.Write($".SS \"{Escape(name)}");
            foreach (Argument argument in command.Arguments) to.Write($" {argument.Name}");
            to.WriteLine("\"");
            to.WriteLine(Escape(command.Description ?? ""));
            foreach (Argument argument in command.Arguments)
                to.WriteLine($".TP\n\\fI{Escape(argument.Name)}\\fR\n{Escape(argument.Description ?? "")}");
            foreach (Option option in options) WriteOption(to, option);
        }
        foreach (Command inner in command.Subcommands) WriteCommand(to, name, inner, passedOn);
    }

    private static void WriteOption(TextWriter to, Option option)
    {
        string value = option.HelpName is null ? "" : $" \\fI{Escape(option.HelpName)}\\fR";
        to.WriteLine($".TP\n\\fB{Escape(option.Name)}\\fR{value}\n{Escape(option.Description ?? "")}");
    }

    /// <summary>A backslash, a dash and a leading dot or quote mean something to troff.</summary>
    private static string Escape(string text)
    {
        text = text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
        return text.StartsWith('.') || text.StartsWith('\'') ? "\\&" + text : text;
    }
}
