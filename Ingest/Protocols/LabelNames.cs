using System;
using System.Collections.Generic;

namespace Slungd.Ingest.Protocols;

/// <summary>The names of one series' labels or tags, to see whether one stands twice. Reused; allocates nothing once it
/// has grown.</summary>
internal sealed class LabelNames
{
    private byte[] _text = new byte[256];
    private int _textBytes;
    private (int Start, int Length)[] _names = new (int, int)[16]; // in _text
    private int _count;

    public void Clear() => (_textBytes, _count) = (0, 0);

    public void Add(ReadOnlySpan<byte> name)
    {
        if (_text.Length - _textBytes < name.Length)
            Array.Resize(ref _text, Math.Max(_textBytes + name.Length, _text.Length * 2));
        if (_count == _names.Length) Array.Resize(ref _names, _count * 2);
        name.CopyTo(_text.AsSpan(_textBytes));
        _names[_count++] = (_textBytes, name.Length);
        _textBytes += name.Length;
    }

    /// <summary>Two names are the same. Most senders sort them, which saves the sorting here; the names may change
    /// their order.</summary>
    public bool HasTwins()
    {
        Span<(int Start, int Length)> names = _names.AsSpan(0, _count);
        Order order = new(_text);
        if (IsAscending(names, order)) return false;
        names.Sort(order);
        return !IsAscending(names, order);
    }

    private static bool IsAscending(ReadOnlySpan<(int Start, int Length)> names, Order order)
    {
        for (int i = 1; i < names.Length; i++)
            if (order.Compare(names[i - 1], names[i]) >= 0) return false;
        return true;
    }

    private readonly struct Order(byte[] text) : IComparer<(int Start, int Length)>
    {
        public int Compare((int Start, int Length) x, (int Start, int Length) y) =>
            text.AsSpan(x.Start, x.Length).SequenceCompareTo(text.AsSpan(y.Start, y.Length));
    }
}
