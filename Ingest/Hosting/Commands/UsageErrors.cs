using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>What is wrong with a command line, as it is told to who typed it.</summary>
internal static class UsageErrors
{
    /// <param name="result">What the parser makes of the line.</param>
    /// <param name="line">The words, the command's own first.</param>
    /// <returns>Nothing when the command can run.</returns>
    public static List<string> Of(ParseResult result, string[] line)
    {
        if ((UnknownOption(result, line) ?? BadSwitch(result, line)) is { } first) return [first];
        List<string> errors = [];
        if (result.Errors.Count == 0) return errors;
        CommandResult command = result.CommandResult;
        if (command.Command is { Action: null, Subcommands: [_, ..] inner })
        {
            errors.Add(NoCommand(result, inner));
            return errors;
        }
        HashSet<SymbolResult> told = [];
        foreach (Option option in OptionsOf(command)) AddCount(result, option, errors, told);
        foreach (Argument argument in command.Command.Arguments)
        {
            ArgumentResult? given = result.GetResult(argument);
            if ((given?.Tokens.Count ?? 0) >= argument.Arity.MinimumNumberOfValues) continue;
            errors.Add($"expected {argument.Name}");
            if (given is not null) told.Add(given);
        }
        foreach (string word in result.UnmatchedTokens) errors.Add($"expected nothing more, got \"{word}\"");
        foreach (ParseError error in result.Errors) // of values, in our words already
        {
            SymbolResult? at = error.SymbolResult;
            bool isTold = at is null or CommandResult || told.Contains(at) || at.Parent is { } of && told.Contains(of);
            if (!isTold) errors.Add(error.Message);
        }
        if (errors.Count == 0) foreach (ParseError error in result.Errors) errors.Add(error.Message);
        return errors;
    }

    /// <summary>The words that name the command.</summary>
    public static string PathOf(CommandResult command) =>
        command.Parent is CommandResult { Command: not RootCommand } outer
        ? $"{PathOf(outer)} {command.Command.Name}" : command.Command.Name;

    /// <summary>What starts with a dash is an option, never a file or a selector, until `--` says otherwise; the parser
    /// takes it for both.</summary>
    /// <returns>What is wrong; null when every option is known.</returns>
    private static string? UnknownOption(ParseResult result, string[] line)
    {
        Token? before = null;
        foreach (Token token in result.Tokens)
        {
            if (token.Type == TokenType.DoubleDash) return null;
            Option? option = before is { Type: TokenType.Option }
                && result.GetResult(before.Value) is OptionResult { Option: { Arity.MinimumNumberOfValues: > 0 } taker }
                ? taker : null;
            // --series=--x is meant; --series --x lacks a value.
            bool isValue = option is not null
                && (!token.Value.StartsWith("--", StringComparison.Ordinal) || Array.IndexOf(line, token.Value) < 0);
            if (token.Type == TokenType.Argument && token.Value is ['-', _, ..] && !isValue)
            {
                bool isKnown = OptionsOf(result.CommandResult).Exists(known => known.Name == token.Value);
                return isKnown && option is not null ? Lacks(option)
                    : $"no option \"{token.Value}\"{Hint(token.Value, result.CommandResult)}";
            }
            before = token;
        }
        return null;
    }

    /// <summary>The parser takes the value that a switch can't have, as in --json=maybe, for the next word.</summary>
    private static string? BadSwitch(ParseResult result, string[] line)
    {
        foreach (string word in line)
        {
            if (word == "--") return null;
            int end = word.IndexOfAny(['=', ':']);
            if (end < 0 || !word.StartsWith("--", StringComparison.Ordinal)) continue;
            string value = word[(end + 1)..];
            bool isSwitch = result.GetResult(word[..end]) is OptionResult { Option: Option<bool> };
            if (isSwitch && !bool.TryParse(value, out _))
                return $"{word[..end]}: expected no value, true or false, got \"{value}\"";
        }
        return null;
    }

    private static string NoCommand(ParseResult result, IList<Command> inner)
    {
        List<string> names = [];
        foreach (Command command in inner) names.Add(command.Name);
        string all = string.Join(", ", names), path = PathOf(result.CommandResult);
        if (result.UnmatchedTokens is not [{ } word, ..]) return $"expected a command after {path}: one of {all}";
        return $"no command \"{path} {word}\": "
            + (Spelling.Nearest(word, names) is { } near ? $"is {near} meant?" : $"there are {all}");
    }

    /// <summary>An option without its value, with several, or not there though it must be.</summary>
    private static void AddCount(ParseResult result, Option option, List<string> errors, HashSet<SymbolResult> told)
    {
        OptionResult? given = result.GetResult(option);
        if (given is null or { Implicit: true })
        {
            if (option.Required) errors.Add($"expected {option.Name} {option.HelpName}");
            if (given is not null) told.Add(given);
            return;
        }
        int count = given.Tokens.Count;
        if (count >= option.Arity.MinimumNumberOfValues && count <= option.Arity.MaximumNumberOfValues) return;
        told.Add(given);
        string[] values = Array.ConvertAll([.. given.Tokens], static token => token.Value);
        errors.Add(count == 0 ? Lacks(option)
            : $"{option.Name}: expected one value, got \"{string.Join(", ", values)}\"");
    }

    private static string Lacks(Option option) =>
        $"{option.Name}: expected a value: {option.Name} {option.HelpName}".TrimEnd();

    /// <summary>What may have been meant, for the end of a message.</summary>
    private static string Hint(string word, CommandResult command)
    {
        List<string> known = OptionsOf(command).ConvertAll(static option => option.Name);
        if (Spelling.Nearest(word.Split('=')[0], known) is { } near) return $": is {near} meant?";
        return command.Command.Arguments.Count > 0 ? ": a word that begins so stands behind --" : "";
    }

    /// <summary>Those of a command, and those that it inherits.</summary>
    private static List<Option> OptionsOf(CommandResult command)
    {
        List<Option> known = [];
        for (CommandResult? at = command; at is not null; at = at.Parent as CommandResult)
            foreach (Option option in at.Command.Options)
                if (option is not HelpOption && (at == command || option.Recursive)) known.Add(option);
        return known;
    }
}
