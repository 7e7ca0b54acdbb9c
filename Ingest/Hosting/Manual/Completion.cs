using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;

namespace Slungd.Ingest.Hosting.Manual;

/// <summary>What a shell needs to complete commands, options and their values, from the same commands as `--help`.
/// </summary>
internal static class Completion
{
    /// <summary>One command with all that may follow it.</summary>
    /// <param name="Path">Its words after `slungd`; empty for the root.</param>
    /// <param name="Words">Subcommands and options.</param>
    private readonly record struct Place(string Path, List<string> Words);

    /// <summary>False when the shell is none of bash, zsh and fish.</summary>
    public static bool TryWrite(TextWriter to, RootCommand root, string shell)
    {
        List<Place> places = [];
        List<Option> valued = [];
        Collect(root, "", [], places, valued);
        switch (shell)
        {
            case "bash":
                WriteBash(to, places, valued);
                break;
            case "zsh": // which runs bash's functions
                to.WriteLine("#compdef slungd\nautoload -U +X bashcompinit && bashcompinit");
                WriteBash(to, places, valued);
                break;
            case "fish":
                WriteFish(to, places, root);
                break;
            default:
                return false;
        }
        return true;
    }

    private static void Collect(Command command, string path, IReadOnlyList<Option> inherited, List<Place> places,
        List<Option> valued)
    {
        List<Option> options = [.. inherited];
        foreach (Option option in command.Options) if (!option.Hidden) options.Add(option);
        List<string> words = [];
        foreach (Command inner in command.Subcommands) words.Add(inner.Name);
        foreach (Option option in options) words.Add(option.Name);
        places.Add(new Place(path, words));
        foreach (Option option in options)
            if (option.HelpName is not null && !valued.Exists(known => known.Name == option.Name)) valued.Add(option);
        List<Option> passedOn = options.FindAll(static option => option.Recursive);
        foreach (Command inner in command.Subcommands)
            Collect(inner, $"{path} {inner.Name}".Trim(), passedOn, places, valued);
    }

    /// <summary>The choices of an option such as `--precision ns|us|ms|s`; empty when its value is free.</summary>
    private static string Choices(Option option)
    {
        string[] words = option.HelpName?.Split('|') ?? [];
        return words.Length < 2 ? "" : string.Join(' ', Array.FindAll(words,
            static word => !word.AsSpan().ContainsAnyExceptInRange('a', 'z')));
    }

    private static void WriteBash(TextWriter to, List<Place> places, List<Option> valued)
    {
        to.WriteLine("_slungd() {");
        to.WriteLine("  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\"");
        to.WriteLine("  local path=\"\" word");
        to.WriteLine("  COMPREPLY=()");
        to.WriteLine("  case \"$previous\" in");
        foreach (Option option in valued)
        {
            string act = option.HelpName switch
            {
                "FILE" => "COMPREPLY=($(compgen -f -- \"$current\"))",
                "DIR" => "COMPREPLY=($(compgen -d -- \"$current\"))",
                _ => $"COMPREPLY=($(compgen -W \"{Choices(option)}\" -- \"$current\"))",
            };
            to.WriteLine($"    {option.Name}) {act}; return ;;");
        }
        to.WriteLine("  esac");
        to.WriteLine("  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do");
        to.WriteLine("    case \"$path $word\" in");
        foreach (Place place in places)
        {
            if (place.Path.Length == 0) continue;
            int last = place.Path.LastIndexOf(' ');
            string before = last < 0 ? "" : place.Path[..last];
            to.WriteLine($"      \"{before} {place.Path[(last + 1)..]}\") path=\"{place.Path}\" ;;");
        }
        to.WriteLine("    esac\n  done\n  case \"$path\" in");
        foreach (Place place in places)
        {
            string words = string.Join(' ', place.Words);
            to.WriteLine($"    \"{place.Path}\") COMPREPLY=($(compgen -W \"{words}\" -- \"$current\")) ;;");
        }
        to.WriteLine("  esac");
        to.WriteLine("  if [ ${#COMPREPLY[@]} = 0 ]; then COMPREPLY=($(compgen -f -- \"$current\")); fi");
        to.WriteLine("}\ncomplete -F _slungd slungd");
    }

    private static void WriteFish(TextWriter to, List<Place> places, RootCommand root)
    {
        foreach (Place place in places)
        {
            string seen = place.Path.Length == 0 ? "__fish_use_subcommand" : "__fish_seen_subcommand_from "
                + place.Path.Replace(" ", "; and __fish_seen_subcommand_from ", StringComparison.Ordinal);
            Command command = Find(root, place.Path);
            foreach (Command inner in command.Subcommands)
                to.WriteLine($"complete -c slungd -n '{seen}' -f -a {inner.Name} -d '{Quote(inner.Description)}'");
            foreach (Option option in command.Options)
            {
                if (option.Hidden) continue;
                string value = option.HelpName is null ? "" : Choices(option) is { Length: > 0 } choices
                    ? $" -x -a '{choices}'" : " -r";
                to.WriteLine($"complete -c slungd -n '{seen}' -l {option.Name[2..]}{value} "
                    + $"-d '{Quote(option.Description)}'");
            }
        }
    }

    private static Command Find(Command at, string path)
    {
        foreach (string word in path.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (Command inner in at.Subcommands)
            {
                if (inner.Name != word) continue;
                at = inner;
                break;
            }
        }
        return at;
    }

    private static string Quote(string? text) => (text ?? "").Replace("'", "\\'", StringComparison.Ordinal);
}
