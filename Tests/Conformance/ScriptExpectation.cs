using System;
using System.Text.RegularExpressions;

namespace Slungd.Tests.Conformance;

/// <summary>A line `expect warn msg: text` of a script.</summary>
/// <param name="Kind">fail, warn, no_warn, info, no_info or ordered.</param>
/// <param name="Message">The exact text, or null.</param>
/// <param name="Pattern">A pattern it contains, or null.</param>
internal sealed partial record ScriptExpectation(string Kind, string? Message, Regex? Pattern)
{
    public bool Accepts(string text) => Message is not null ? Message == text : Pattern is null || Pattern.IsMatch(
        text);

    public static ScriptExpectation Parse(string line)
    {
        Match match = LinePattern().Match(line);
        if (!match.Success) throw new FormatException($"no expectation: {line}");
        string text = match.Groups[3].Value.Trim();
        return match.Groups[2].Value switch
        {
            "" => new ScriptExpectation(match.Groups[1].Value, null, null),
            "msg" => new ScriptExpectation(match.Groups[1].Value, text, null),
            _ => new ScriptExpectation(match.Groups[1].Value, null, new Regex(text)),
        };
    }

    [GeneratedRegex(@"^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$")]
    private static partial Regex LinePattern();
}
