using System;

namespace Slungd.Engine.Model;

/// <summary>The labels of series by number, without copies of their texts. Of series that are not plain they tell less
/// than <see cref="SeriesLabels"/>. Any thread; texts are valid as long as the view.</summary>
internal interface ILabelSymbols
{
    /// <summary>Whether each tag of the series gives one label of its own: it is `key=value` in UTF-8, and not
    /// `__name__`. No two such series look alike.</summary>
    bool IsPlain(SeriesId series);

    /// <summary>The number of a series' name, then those of its tags in the order of their bytes.</summary>
    ReadOnlySpan<uint> SymbolsOf(SeriesId series);

    /// <summary>The text of a name.</summary>
    ReadOnlySpan<byte> NameText(uint name);

    /// <summary>The number of the label that a tag gives.</summary>
    uint LabelOf(uint tag);

    /// <summary>The label's name.</summary>
    ReadOnlySpan<byte> LabelText(uint label);

    /// <summary>The value that a tag gives to its label; not empty.</summary>
    ReadOnlySpan<byte> ValueText(uint tag);

    /// <summary>Whether more than one series has the tag.</summary>
    bool IsShared(uint tag);
}
