using System.Collections.Generic;
using System.Linq;
using Slungd.Engine.Model.Regexes;
using Xunit;

namespace Slungd.Tests.Engine.Model.Regexes;

public sealed class UnicodeClassesTests
{
    private const string Scripts =
        "Latin Greek Cyrillic Armenian Hebrew Arabic Devanagari Thai Hangul Hiragana Katakana Han " +
        "Common Inherited Yi Gothic Deseret Adlam Zanabazar_Square";

    [Fact]
    public void Scripts_share_no_code_point()
    {
        string[] names = Scripts.Split(' ');
        int[] codes = [.. names.SelectMany(name => Codes(UnicodeClasses.Named(name)!))];
        Assert.Equal(codes.Length, codes.Distinct().Count());
        string[] found = [.. "aéσЯ字𠀀한😀𐐀𞤀\u0301".EnumerateRunes().Select(rune =>
            names.First(name => UnicodeClasses.Named(name)!.Contains(rune.Value)))];
        Assert.Equal("Latin Latin Greek Cyrillic Han Han Hangul Common Deseret Adlam Inherited",
            string.Join(' ', found));
        Assert.Null(UnicodeClasses.Named("greek"));
        Assert.Null(UnicodeClasses.Named(""));
    }

    [Fact]
    public void A_letter_is_all_categories_that_begin_with_it()
    {
        CodePointSet letters = UnicodeClasses.Named("L")!;
        string[] parts = ["Lu", "Ll", "Lt", "Lm", "Lo"];
        Assert.Equal(Codes(letters), parts.SelectMany(part => Codes(UnicodeClasses.Named(part)!)).Order());
        Assert.DoesNotContain(0x0378, Codes(UnicodeClasses.Named("C")!)); // not assigned
    }

    [Fact]
    public void Case_orbits_hold_who_has_them()
    {
        string[] orbits = ["kK\u212A", "sSſ", "σςΣ", "åÅ\u212B", "µμΜ", "ßẞ", "Ǆǅǆ", "𐐀𐐨", "ı", "İ", "1"];
        foreach (string orbit in orbits)
        {
            int[] codes = [.. orbit.EnumerateRunes().Select(rune => rune.Value).Order()];
            foreach (int code in codes) Assert.Equal(codes, Codes(CaseOrbits.Of(code)));
        }
    }

    [Fact]
    public void A_complement_is_all_others()
    {
        CodePointSet set = CodePointSet.Of((5, 9), (0, 0), (8, 12), (100, 0x10FFFF));
        Assert.Equal([0, 0, 5, 12, 100, 0x10FFFF], set.Bounds.ToArray());
        Assert.Equal([1, 4, 13, 99], set.Complement().Bounds.ToArray());
        Assert.Equal(set.Bounds.ToArray(), set.Complement().Complement().Bounds.ToArray());
        Assert.Empty(CodePointSet.All.Complement().Bounds.ToArray());
        for (int code = 0; code < 200; code++)
            Assert.Equal(Codes(set).Contains(code), set.Contains(code));
    }

    private static IEnumerable<int> Codes(CodePointSet set)
    {
        int[] bounds = set.Bounds.ToArray();
        for (int i = 0; i < bounds.Length; i += 2)
            for (int code = bounds[i]; code <= bounds[i + 1]; code++) yield return code;
    }
}
