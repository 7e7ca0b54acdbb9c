using System.Collections.Generic;
using System.CommandLine;
using System.IO;

namespace Slungd.Ingest.Hosting.Manual;

/// <summary>A function for `complete -F`: finds the command among the words before, and offers what follows it.
/// </summary>
internal static class BashCompletion
{
    public static void Write(TextWriter to, List<Completion.Place> places)
    {
        to.WriteLine("_slungd() {");
        to.WriteLine("  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\"");
        to.WriteLine("  local path=\"\" word");
        to.WriteLine("  COMPREPLY=()");
        to.WriteLine("  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do");
        to.WriteLine("    case \"$path $word\" in");
        foreach (Completion.Place place in places)
        {
            if (place.Path.Length == 0) continue;
            int last = place.Path.LastIndexOf(' ');
            string before = last < 0 ? "" : place.Path[..last];
            to.WriteLine($"      \"{before} {place.Path[(last + 1)..]}\") path=\"{place.Path}\" ;;");
        }
        to.WriteLine("    esac\n  done\n  case \"$path $previous\" in");
        foreach (Completion.Place place in places)
        {
            foreach (Option option in place.Options)
            {
                if (!Completion.TakesValue(option)) continue;
                string act = option.HelpName switch
                {
                    "FILE" => "-f",
                    "DIR" => "-d",
                    _ => $"-W \"{string.Join(' ', Completion.ChoicesOf(option))}\"",
                };
                to.WriteLine($"    \"{place.Path} {option.Name}\") "
                    + $"COMPREPLY=($(compgen {act} -- \"$current\")); return ;;");
            }
        }
        to.WriteLine("  esac\n  case \"$path\" in");
        foreach (Completion.Place place in places)
        {
            List<string> words = [.. place.Words];
            foreach (Command inner in place.Command.Subcommands) words.Add(inner.Name);
            foreach (Option option in place.Options) words.Add(option.Name);
            string files = place.TakesFiles ? " -f" : "";
            to.WriteLine($"    \"{place.Path}\") COMPREPLY=($(compgen{files} -W \"{string.Join(' ', words)}\" "
                + "-- \"$current\")) ;;");
        }
        to.WriteLine("  esac\n}\ncomplete -F _slungd slungd");
    }
}
