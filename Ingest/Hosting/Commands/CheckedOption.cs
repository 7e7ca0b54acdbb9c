using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using Slungd.Ingest.Hosting.Options;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>Options of the client commands whose values are checked while the command line is read, and told in our
/// words: the parser's speak of its types. A check returns null when the text fits, else what was expected, as those of
/// <see cref="OptionChecks"/>.</summary>
internal static class CheckedOption
{
    /// <param name="name">Of the option.</param>
    /// <param name="help">Its description.</param>
    /// <param name="preset">The default; null: 0, which is not shown.</param>
    /// <param name="max">The largest; the smallest is 1.</param>
    public static Option<long> Number(string name, string help, long? preset = null, long max = long.MaxValue)
    {
        Option<long> option = new(name) { Description = help, HelpName = "N" };
        if (preset is { } number) option.DefaultValueFactory = _ => number;
        option.CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (OptionChecks.Number(text, 1, max, out long value) is { } expected)
                result.AddError(OptionChecks.Mistake(name, expected, text));
            return value;
        };
        return option;
    }

    /// <summary>One of some words, which completion knows, too.</summary>
    public static Option<string> Choice(string name, string valueName, string help, params string[] choices)
    {
        Option<string> option = Text(name, valueName, help, text => OptionChecks.OneOf(text, choices));
        option.CompletionSources.Add(choices);
        return option;
    }

    /// <param name="name">Of the option.</param>
    /// <param name="valueName">What the help calls its value.</param>
    /// <param name="help">Its description.</param>
    /// <param name="check">Of its value.</param>
    public static Option<string> Text(string name, string valueName, string help, Func<string, string?> check)
    {
        Option<string> option = new(name) { Description = help, HelpName = valueName };
        option.Validators.Add(result => Check(result, name, check));
        return option;
    }

    /// <summary>A file, or a directory.</summary>
    public static Option<string> Path(string name, string help, string valueName = "FILE") =>
        Text(name, valueName, help, OptionChecks.FilePath);

    /// <summary>Adds a message for each value that does not fit.</summary>
    public static void Check(SymbolResult result, string name, Func<string, string?> check)
    {
        foreach (Token token in result.Tokens)
            if (check(token.Value) is { } expected)
                result.AddError(OptionChecks.Mistake(name, expected, token.Value));
    }
}
