using System;
using System.Text.Unicode;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>The labels of a series while its attributes are read, each as the tag `name=value`, no name twice. What
/// resource and scope give stands in front and stays for the points that follow; it wins over attributes. Reused; one
/// thread.</summary>
internal sealed class OtlpLabels
{
    /// <summary>More labels of one series are refused; SDKs allow 128 attributes.</summary>
    public const int MaxLabels = 256;

    /// <summary>Of all labels: a longer key can't be stored.</summary>
    private const int MaxBytes = WriteBatch.MaxKeyBytes;

    private Slot[] _slots = new Slot[16];
    private byte[] _bytes = new byte[1024];
    private int _used;
    private int _same; // the label that Add found
    private int _joined; // attributes that had no label of their own

    public int Count { get; private set; }

    public void Clear() => Truncate(0);

    /// <summary>Forgets all labels behind the first so many.</summary>
    public void Truncate(int count)
    {
        Count = count;
        _joined = 0;
        _used = count == 0 ? 0 : _slots[count - 1].End;
    }

    /// <summary>The tag `name=value`.</summary>
    public ReadOnlySpan<byte> TagOf(int label) =>
        _bytes.AsSpan(_slots[label].Start, _slots[label].End - _slots[label].Start);

    public ReadOnlySpan<byte> NameOf(int label) => _bytes.AsSpan(_slots[label].Start, _slots[label].NameLength);

    public ReadOnlySpan<byte> ValueOf(int label) => TagOf(label)[(_slots[label].NameLength + 1)..];

    /// <summary>Adds a label whose name is well-formed; an empty value is the same as no label.</summary>
    public LabelAdded Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool isEscaped = true)
    {
        if (value.IsEmpty) return LabelAdded.Done;
        if (!Utf8.IsValid(value)) return LabelAdded.Refused;
        int most = 4 + name.Length + 1 + value.Length;
        if (name.IsEmpty || most > ushort.MaxValue || Count == MaxLabels || _used + most > MaxBytes)
            return LabelAdded.Refused;
        if (_bytes.Length - _used < most) Array.Resize(ref _bytes, Math.Max(_used + most, _bytes.Length * 2));
        int length = name.Length;
        if (isEscaped) name.CopyTo(_bytes.AsSpan(_used));
        else length = Escape(name, _bytes.AsSpan(_used));
        ReadOnlySpan<byte> own = _bytes.AsSpan(_used, length);
        if (own.SequenceEqual("__name__"u8)) return LabelAdded.Done; // the metric's name is its name
        _same = Find(own);
        if (_same >= 0) return LabelAdded.Twice;
        _bytes[_used + length] = (byte)'=';
        value.CopyTo(_bytes.AsSpan(_used + length + 1));
        if (Count == _slots.Length) Array.Resize(ref _slots, Count * 2);
        int end = _used + length + 1 + value.Length;
        _slots[Count++] = new Slot { Start = _used, NameLength = length, End = end };
        _used = end;
        return LabelAdded.Done;
    }

    /// <summary>Adds an attribute: one whose name becomes that of another attribute is joined to it by `;`.</summary>
    /// <param name="name">As it was sent.</param>
    /// <param name="value">Its text.</param>
    /// <param name="first">Labels before this one are no attributes, and win.</param>
    public bool Join(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, int first)
    {
        LabelAdded added = Add(name, value, isEscaped: false);
        if (added != LabelAdded.Twice) return added == LabelAdded.Done;
        int label = _same;
        if (label < first) return true;
        if (++_joined > MaxLabels) return false; // each moves all behind it
        Slot slot = _slots[label];
        int length = slot.End - slot.Start + 1 + value.Length;
        if (length > ushort.MaxValue || _used + value.Length >= MaxBytes) return false;
        // What follows it moves up.
        int grows = 1 + value.Length;
        if (_bytes.Length - _used < grows) Array.Resize(ref _bytes, Math.Max(_used + grows, _bytes.Length * 2));
        _bytes.AsSpan(slot.End, _used - slot.End).CopyTo(_bytes.AsSpan(slot.End + grows));
        _bytes[slot.End] = (byte)';';
        value.CopyTo(_bytes.AsSpan(slot.End + 1));
        _slots[label].End += grows;
        foreach (ref Slot later in _slots.AsSpan(label + 1, Count - label - 1))
        {
            later.Start += grows;
            later.End += grows;
        }
        _used += grows;
        return true;
    }

    /// <summary>The labels as tags of the series begun last, without one that has another value there.</summary>
    public void AddTo(WriteBatch batch, ReadOnlySpan<byte> except = default)
    {
        for (int i = 0; i < Count; i++)
        {
            if (!except.IsEmpty && NameOf(i).SequenceEqual(except)) continue;
            batch.AddTag(TagOf(i));
        }
    }

    private int Find(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<Slot> slots = _slots.AsSpan(0, Count);
        for (int i = 0; i < slots.Length; i++)
            if (slots[i].NameLength == name.Length && NameOf(i).SequenceEqual(name)) return i;
        return -1;
    }

    /// <summary>An attribute's name as a label's: letters, digits and underscores; `key_` before a digit, `key` before
    /// a single underscore. At most four bytes longer.</summary>
    private static int Escape(ReadOnlySpan<byte> name, Span<byte> into)
    {
        int at = 0;
        if (char.IsAsciiDigit((char)name[0])) at = Put("key_"u8, into);
        else if (IsUnderscore(name[0]) && !IsUnderscore(SecondOf(name))) at = Put("key"u8, into);
        foreach (byte b in name)
        {
            if (char.IsAsciiLetterOrDigit((char)b)) into[at++] = b;
            else if ((b & 0xc0) != 0x80) into[at++] = (byte)'_'; // one for each character
        }
        return at;
    }

    private static bool IsUnderscore(byte b) => !char.IsAsciiLetterOrDigit((char)b);

    /// <summary>The first byte of the second character; a letter when there is none.</summary>
    private static byte SecondOf(ReadOnlySpan<byte> name)
    {
        int at = 1;
        while (at < name.Length && (name[at] & 0xc0) == 0x80) at++;
        return at < name.Length ? name[at] : (byte)'a';
    }

    private static int Put(ReadOnlySpan<byte> text, Span<byte> into)
    {
        text.CopyTo(into);
        return text.Length;
    }

    private struct Slot
    {
        public int Start;
        public int NameLength;
        public int End;
    }
}
