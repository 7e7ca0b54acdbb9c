using System;

namespace Slungd.Engine.Model.Regexes;

/// <summary>A part of a regular expression.</summary>
internal sealed class RegexNode
{
    private readonly RegexNode[] _parts;

    public RegexNode(RegexNodeKind kind, RegexNode[] parts)
    {
        Kind = kind;
        _parts = parts;
        CanBeEmpty = kind is not RegexNodeKind.Alternate and not RegexNodeKind.Set;
        Repeats = 1;
        foreach (RegexNode part in parts)
        {
            if (kind == RegexNodeKind.Alternate) CanBeEmpty |= part.CanBeEmpty;
            else CanBeEmpty &= part.CanBeEmpty;
            Repeats = Math.Max(Repeats, part.Repeats);
            Height = Math.Max(Height, part.Height);
        }
        Height++;
    }

    public RegexNodeKind Kind { get; }

    public ReadOnlySpan<RegexNode> Parts => _parts;

    /// <summary>For a set.</summary>
    public CodePointSet? Set { get; private init; }

    /// <summary>For a capture: 1 for the first parenthesis that captures.</summary>
    public int Group { get; private init; }

    /// <summary>For a repeat.</summary>
    public int Min { get; private init; }

    /// <summary>For a repeat; null where there is no limit.</summary>
    public int? Max { get; private init; }

    /// <summary>For a repeat: as few as possible first.</summary>
    public bool IsLazy { get; private init; }

    public bool CanBeEmpty { get; private init; }

    public int Height { get; }

    /// <summary>How often counted repeats, `{n,m}`, unfold what is in them, at most.</summary>
    public int Repeats { get; private init; }

    public static RegexNode Of(CodePointSet set) => new(RegexNodeKind.Set, []) { Set = set };

    public static RegexNode Capture(int group, RegexNode part) => new(RegexNodeKind.Capture, [part]) { Group = group };

    public static RegexNode Repeat(RegexNode part, int min, int? max, bool isLazy, bool isCounted)
    {
        int times = isCounted && max != 0 ? Math.Max(1, max ?? min) : 1;
        return new RegexNode(RegexNodeKind.Repeat, [part])
        {
            Min = min,
            Max = max,
            IsLazy = isLazy,
            CanBeEmpty = min == 0 || part.CanBeEmpty,
            Repeats = max == 0 ? 1 : (int)Math.Min(int.MaxValue, (long)times * part.Repeats),
        };
    }
}
