using System;
using System.Text;

namespace Slungd.Engine.Model;

/// <summary>Distinct names or values of labels as UTF-8, sorted bytewise. Valid as long as the view that gave
/// it.</summary>
internal abstract class LabelTexts
{
    public static readonly LabelTexts None = Of([]);

    public abstract int Count { get; }

    public abstract ReadOnlySpan<byte> this[int index] { get; }

    /// <summary>As text; bytes that are not UTF-8 become U+FFFD.</summary>
    public string TextAt(int index) => Encoding.UTF8.GetString(this[index]);

    /// <summary>Sorted, distinct texts.</summary>
    public static LabelTexts Of(byte[][] texts) => new Listed(texts);

    private sealed class Listed(byte[][] texts) : LabelTexts
    {
        public override int Count => texts.Length;

        public override ReadOnlySpan<byte> this[int index] => texts[index];
    }
}
