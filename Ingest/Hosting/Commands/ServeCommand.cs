using System;
using System.Collections.Generic;
using System.CommandLine;
using Slungd.Ingest.Hosting.Logging;
using Slungd.Ingest.Hosting.Options;
using Slungd.Native.Os;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>`slungd [serve]`: runs the daemon.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        Command command = new("serve", "Run the daemon.");
        Dictionary<string, Option> options = [];
        foreach (OptionSpec spec in OptionTable.All)
        {
            Option option = ToOption(spec);
            options.Add(spec.Name, option);
            command.Options.Add(option);
        }
        command.SetAction(result => Run(spec => ValuesOf(result, options[spec.Name])));
        return command;
    }

    private static int Run(Func<OptionSpec, string[]?> commandLine)
    {
        List<string> errors = [];
        ServeOptions options = OptionReader.Read(commandLine, Environment.GetEnvironmentVariables(),
            WorkingDirectory.Path, errors);
        if (errors.Count == 0) return Daemon.Run(options);
        StandardError.Use();
        foreach (string error in errors) Console.Error.WriteLine($"slungd: {error}");
        return ExitCode.WrongUsage;
    }

    private static Option ToOption(OptionSpec spec)
    {
        string preset = spec.Default is null || spec.IsSwitch ? "" : $", default {spec.Default}";
        string help = $"{spec.Help} [{spec.EnvironmentName}{preset}]";
        Option option = spec.IsSwitch ? new Option<bool>(spec.CommandLineName)
            : spec.IsList ? new Option<string[]>(spec.CommandLineName) { HelpName = spec.ValueName }
            : new Option<string>(spec.CommandLineName) { HelpName = spec.ValueName };
        option.Description = help;
        return option;
    }

    private static string[]? ValuesOf(ParseResult result, Option option)
    {
        if (result.GetResult(option) is not { Implicit: false } given) return null;
        return option switch
        {
            Option<bool> flag => [given.GetValue(flag) ? "true" : "false"],
            Option<string[]> list => given.GetValue(list),
            Option<string> single when given.GetValue(single) is { } text => [text],
            _ => null,
        };
    }
}
