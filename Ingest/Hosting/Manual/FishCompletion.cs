using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;

namespace Slungd.Ingest.Hosting.Manual;

/// <summary>A `complete` for each word, under the condition that its command is the one on the line.</summary>
internal static class FishCompletion
{
    public static void Write(TextWriter to, List<Completion.Place> places)
    {
        // Whether the command on the line is this one: its words, of those that are commands, as far as they go on.
        to.WriteLine("function __slungd_at\n  set -l path\n  for word in (commandline -opc)[2..]\n"
            + "    switch (string trim -- \"$path $word\")\n      case \\");
        foreach (Completion.Place place in places)
            if (place.Path.Length > 0) to.WriteLine($"          {Quote(place.Path)} \\");
        to.WriteLine("          ''\n        set path $path $word\n    end\n  end\n  test \"$path\" = \"$argv\"\nend\n");
        to.WriteLine("complete -c slungd -f");
        foreach (Completion.Place place in places)
        {
            string start = $"complete -c slungd -n '__slungd_at {place.Path}'";
            foreach (Command inner in place.Command.Subcommands)
                to.WriteLine($"{start} -a {inner.Name} -d {Quote(inner.Description)}");
            if (place.TakesFiles) to.WriteLine($"{start} -F");
            if (place.Words is { Length: > 0 } words) to.WriteLine($"{start} -a {Quote(string.Join(' ', words))}");
            foreach (Option option in place.Options)
                to.WriteLine($"{start} -l {option.Name[2..]}{ValueOf(option)} -d {Quote(option.Description)}");
        }
    }

    private static string ValueOf(Option option) => !Completion.TakesValue(option) ? "" : option.HelpName switch
    {
        "FILE" => " -r -F",
        "DIR" => " -x -a '(__fish_complete_directories)'",
        _ => $" -x -a {Quote(string.Join(' ', Completion.ChoicesOf(option)))}",
    };

    private static string Quote(string? text) => "'" + (text ?? "").Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("'", "\\'", StringComparison.Ordinal) + "'";
}
