using System;
using System.Text;

namespace Slungd.Engine.Model;

/// <summary>A condition on one label of a series, as in `{job=~"a|b"}`; see <see cref="SeriesLabels"/> for what the
/// labels of a series are. A label that the series lacks has the empty value: `{job=""}` and `{job!="x"}` match series
/// without a job. Regular expressions are RE2's and cover the whole value. Immutable; any thread.</summary>
internal sealed class LabelMatcher
{
    private readonly LabelPattern? _pattern;

    private LabelMatcher(string name, LabelMatchOp op, string value, LabelPattern? pattern)
    {
        Name = name;
        Op = op;
        Value = value;
        NameBytes = Encoding.UTF8.GetBytes(name);
        ValueBytes = Encoding.UTF8.GetBytes(value);
        _pattern = pattern;
    }

    public string Name { get; }

    public LabelMatchOp Op { get; }

    /// <summary>The text or the regular expression.</summary>
    public string Value { get; }

    public byte[] NameBytes { get; }

    public byte[] ValueBytes { get; }

    /// <summary>True for `!=` and `!~`.</summary>
    public bool IsNegative => Op is LabelMatchOp.NotEqual or LabelMatchOp.NotRegex;

    /// <summary>Whether series without the label match.</summary>
    public bool MatchesEmpty => Matches(ReadOnlySpan<byte>.Empty);

    /// <summary>All values that <see cref="Accepts"/> is true for, when they are few and known; else null.</summary>
    public byte[][]? Alternatives => _pattern is null ? [ValueBytes] : _pattern.Alternatives;

    /// <summary>A matcher that compares texts.</summary>
    public static LabelMatcher Equal(string name, string value) => new(name, LabelMatchOp.Equal, value, null);

    /// <summary>Makes a matcher; false when its regular expression is none.</summary>
    /// <param name="name">The label's; not empty.</param>
    /// <param name="op">How to compare.</param>
    /// <param name="value">The text or the regular expression.</param>
    /// <param name="matcher">The result.</param>
    /// <param name="error">What is wrong with the regular expression.</param>
    public static bool TryCreate(string name, LabelMatchOp op, string value, out LabelMatcher? matcher,
        out string? error)
    {
        matcher = null;
        error = null;
        LabelPattern? pattern = null;
        if (op is LabelMatchOp.Regex or LabelMatchOp.NotRegex && !LabelPattern.TryParse(value, out pattern, out error))
            return false;
        matcher = new LabelMatcher(name, op, value, pattern);
        return true;
    }

    /// <summary>Whether series with this value of the label match; empty for those without.</summary>
    /// <param name="value">UTF-8.</param>
    /// <param name="look">As for <see cref="Accepts"/>.</param>
    public bool Matches(ReadOnlySpan<byte> value, Action? look = null) => Accepts(value, look) != IsNegative;

    /// <summary>Whether the value equals the text, or fits the regular expression, even if the matcher wants the
    /// others.</summary>
    /// <param name="value">UTF-8.</param>
    /// <param name="look">Called now and then where that takes long: throws to end it.</param>
    public bool Accepts(ReadOnlySpan<byte> value, Action? look = null) =>
        _pattern?.IsMatch(value, look) ?? value.SequenceEqual(ValueBytes);

    public bool Matches(SeriesKey key) => Matches(key.LabelValue(NameBytes));

    public override string ToString() => $"{Name}{Op.ToText()}\"{Value}\"";
}
