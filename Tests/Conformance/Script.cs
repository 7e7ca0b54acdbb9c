using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.RegularExpressions;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Tests.Conformance;

/// <summary>A test script in Prometheus' language (promql/promqltest/README.md): a list of <see cref="ScriptLoad"/>,
/// <see cref="ScriptEval"/> and, for `clear`, null.</summary>
internal sealed partial class Script
{
    private const string RangeVector = "expect range vector";
    private const string TextPrefix = "expect string";

    private readonly string[] _lines;
    private int _at;

    private Script(string text)
    {
        _lines = text.Split('\n');
        for (int i = 0; i < _lines.Length; i++)
        {
            string line = _lines[i].Trim();
            _lines[i] = line.StartsWith('#') ? "" : line;
        }
    }

    public List<object?> Commands { get; } = [];

    /// <summary>Reads a script; a mistake in it is an exception that names the line.</summary>
    public static Script Parse(string text)
    {
        Script script = new(text);
        for (script._at = 0; script._at < script._lines.Length; script._at++)
        {
            string line = script._lines[script._at];
            if (line.Length == 0) continue;
            try
            {
                script.Commands.Add(script.ParseCommand(line));
            }
            catch (FormatException wrong)
            {
                throw new FormatException($"line {script._at + 1}: {wrong.Message}", wrong);
            }
        }
        return script;
    }

    public static long Milliseconds(string text) => DurationText.TryParse(text, out long milliseconds, out string error)
        ? milliseconds : throw new FormatException(error);

    private object? ParseCommand(string line)
    {
        if (line.Equals("clear", StringComparison.OrdinalIgnoreCase)) return null;
        Match load = LoadPattern().Match(line);
        if (load.Success) return ParseLoad(load);
        Match instant = InstantPattern().Match(line), range = RangePattern().Match(line);
        if (!instant.Success && !range.Success) throw new FormatException($"no command: {line}");
        ScriptEval eval = instant.Success
            ? new ScriptEval
            {
                Line = _at + 1, Mode = instant.Groups[1].Value, Query = instant.Groups[3].Value, IsRange = false,
                Start = Milliseconds(instant.Groups[2].Value), End = Milliseconds(instant.Groups[2].Value), Step = 1,
            }
            : new ScriptEval
            {
                Line = _at + 1, Mode = range.Groups[1].Value, Query = range.Groups[5].Value, IsRange = true,
                Start = Milliseconds(range.Groups[2].Value), End = Milliseconds(range.Groups[3].Value),
                Step = Milliseconds(range.Groups[4].Value),
            };
        ParseExpectations(eval);
        return eval;
    }

    private ScriptLoad ParseLoad(Match load)
    {
        int line = _at + 1;
        List<ScriptSeries> series = [];
        while (NextLine() is { } next) series.Add(ScriptSeries.Parse(next));
        return new ScriptLoad(line, Milliseconds(load.Groups[2].Value), load.Groups[1].Success, series);
    }

    private void ParseExpectations(ScriptEval eval)
    {
        while (NextLine() is { } line)
        {
            if (eval.Fails && line.StartsWith("expected_fail_message", StringComparison.Ordinal))
                eval.FailMessage = line["expected_fail_message".Length..].Trim();
            else if (eval.Fails && line.StartsWith("expected_fail_regexp", StringComparison.Ordinal))
                eval.FailPattern = new Regex(line["expected_fail_regexp".Length..].Trim());
            else if (line.StartsWith(RangeVector, StringComparison.Ordinal)) ParseRangeVector(eval, line);
            else if (line.StartsWith(TextPrefix, StringComparison.Ordinal)) eval.Text = Unquote(line);
            else if (line.Split(' ')[0] == "expect") eval.Expectations.Add(ScriptExpectation.Parse(line));
            else if (NumberText.TryParse(line, out double scalar)) eval.Scalar = scalar;
            else eval.Series.Add(ScriptSeries.Parse(line));
        }
    }

    private static void ParseRangeVector(ScriptEval eval, string line)
    {
        Match match = RangeVectorPattern().Match(line);
        if (!match.Success) throw new FormatException($"no range vector: {line}");
        eval.Start = Milliseconds(match.Groups[1].Value);
        eval.End = Milliseconds(match.Groups[2].Value);
        eval.Step = Milliseconds(match.Groups[3].Value);
        eval.ExpectsRangeVector = true;
    }

    private static string Unquote(string line)
    {
        string literal = line[TextPrefix.Length..].Trim();
        if (literal.Length < 2 || !StringText.TryUnquote(literal, out string text, out _))
            throw new FormatException($"no string: {line}");
        return text;
    }

    private string? NextLine() => _at + 1 < _lines.Length && _lines[_at + 1].Length > 0 ? _lines[++_at] : null;

    [GeneratedRegex(@"^load(_with_nhcb)?\s+(.+?)$", RegexOptions.IgnoreCase)]
    private static partial Regex LoadPattern();

    [GeneratedRegex(@"^eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(.+?))?\s+(.+)$")]
    private static partial Regex InstantPattern();

    [GeneratedRegex(@"^eval(?:_(fail|warn|info))?\s+range\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+?)\s+(.+)$")]
    private static partial Regex RangePattern();

    [GeneratedRegex(@"^expect range vector\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+)$")]
    private static partial Regex RangeVectorPattern();
}
