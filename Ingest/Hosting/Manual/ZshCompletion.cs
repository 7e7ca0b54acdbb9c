using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;

namespace Slungd.Ingest.Hosting.Manual;

/// <summary>A function for each command, in the terms of _arguments and _describe (zshcompsys(1)). The script is the
/// file of an autoloaded function, and may be sourced, too.</summary>
internal static class ZshCompletion
{
    public static void Write(TextWriter to, List<Completion.Place> places)
    {
        to.WriteLine("#compdef slungd");
        foreach (Completion.Place place in places)
        {
            to.WriteLine();
            if (place.Command.Subcommands.Count > 0) WriteBranch(to, place);
            else WriteLeaf(to, place);
        }
        to.WriteLine("\nif [[ ${funcstack[1]} = _slungd ]]; then _slungd \"$@\"; else compdef _slungd slungd; fi");
    }

    private static void WriteBranch(TextWriter to, in Completion.Place place)
    {
        to.WriteLine($"{FunctionOf(place.Path)}() {{");
        to.WriteLine("  local curcontext=\"$curcontext\" state line\n  typeset -A opt_args\n  local -a commands=(");
        foreach (Command inner in place.Command.Subcommands)
            to.WriteLine($"    {Quote($"{inner.Name}:{inner.Description}")}");
        to.WriteLine("  )\n  _arguments -C -A '-*' \\");
        WriteOptions(to, place);
        to.WriteLine("    '1: :->command' '*:: :->rest' && return\n  case $state in");
        to.WriteLine("    command) _describe -t commands command commands ;;\n    rest)\n      case ${line[1]} in");
        foreach (Command inner in place.Command.Subcommands)
            to.WriteLine($"        {inner.Name}) {FunctionOf($"{place.Path} {inner.Name}".TrimStart())} ;;");
        to.WriteLine("      esac ;;\n  esac\n}");
    }

    private static void WriteLeaf(TextWriter to, in Completion.Place place)
    {
        to.WriteLine($"{FunctionOf(place.Path)}() {{\n  _arguments \\");
        WriteOptions(to, place);
        string rest = "";
        foreach (Argument argument in place.Command.Arguments)
        {
            string many = argument.Arity.MaximumNumberOfValues > 1 ? "*" : "";
            rest += $" {Quote($"{many}:{argument.Name}:{Action(argument, argument.Name)}")}";
        }
        to.WriteLine($"   {(rest.Length == 0 ? " '*:nothing more:()'" : rest)}\n}}");
    }

    private static void WriteOptions(TextWriter to, in Completion.Place place)
    {
        foreach (Option option in place.Options)
        {
            string text = (option.Description ?? "").Replace("[", "\\[", StringComparison.Ordinal)
                .Replace("]", "\\]", StringComparison.Ordinal);
            string many = option.Arity.MaximumNumberOfValues > 1 ? "*" : "";
            string value = Completion.TakesValue(option) ? $":{option.HelpName}:{Action(option, option.HelpName)}" : "";
            to.WriteLine($"    {Quote($"{many}{option.Name}{(value.Length > 0 ? "=" : "")}[{text}]{value}")} \\");
        }
    }

    private static string Action(Symbol symbol, string? name) => name switch
    {
        "DIR" or "SNAPSHOT" => "_files -/",
        "FILE" => "_files",
        // A message, a blank, in an argument's place would keep options from being completed there.
        _ => symbol is Argument || Completion.ChoicesOf(symbol).Length > 0
            ? $"({string.Join(' ', Completion.ChoicesOf(symbol))})" : " ",
    };

    private static string FunctionOf(string path) =>
        path.Length == 0 ? "_slungd" : "_slungd_" + path.Replace(' ', '_');

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
