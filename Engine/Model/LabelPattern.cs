using System;
using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Slungd.Engine.Model;

/// <summary>A regular expression over a whole label value, in time linear in its length.</summary>
internal sealed class LabelPattern
{
    private const int CharsOnStack = 256;

    private readonly Regex _regex;

    private LabelPattern(Regex regex, byte[][]? alternatives)
    {
        _regex = regex;
        Alternatives = alternatives;
    }

    /// <summary>All texts that match, distinct, when they are few; else null.</summary>
    public byte[][]? Alternatives { get; }

    public static bool TryParse(string text, out LabelPattern? pattern, out string? error)
    {
        const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant |
            RegexOptions.Singleline;
        pattern = null;
        error = null;
        try
        {
            _ = new Regex(text, Options); // by itself, or `a)(b` would pass
            pattern = new LabelPattern(new Regex($@"\A(?:{text})\z", Options), null);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            error = e.Message;
            return false;
        }
    }

    public bool IsMatch(ReadOnlySpan<byte> text)
    {
        char[]? rented = null;
        Span<char> chars = text.Length <= CharsOnStack ? stackalloc char[CharsOnStack]
            : rented = ArrayPool<char>.Shared.Rent(text.Length);
        int length = Encoding.UTF8.GetChars(text, chars);
        bool isMatch = _regex.IsMatch(chars[..length]);
        if (rented is not null) ArrayPool<char>.Shared.Return(rented);
        return isMatch;
    }
}
