using System;
using System.Collections.Generic;

namespace Slungd.Tests.Sim;

/// <summary>The bytes of a file, of which only what was ever written takes memory.</summary>
internal sealed class SimPages
{
    public const int PageBytes = 4096;

    private readonly Dictionary<long, byte[]> _pages = [];

    /// <summary>Pages that were ever written.</summary>
    public int Count => _pages.Count;

    public void Read(long offset, Span<byte> into)
    {
        while (into.Length > 0)
        {
            (long page, int start, int count) = Locate(offset, into.Length);
            if (_pages.TryGetValue(page, out byte[]? bytes)) bytes.AsSpan(start, count).CopyTo(into);
            else into[..count].Clear();
            into = into[count..];
            offset += count;
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> from)
    {
        while (from.Length > 0)
        {
            (long page, int start, int count) = Locate(offset, from.Length);
            if (!_pages.TryGetValue(page, out byte[]? bytes)) _pages.Add(page, bytes = new byte[PageBytes]);
            from[..count].CopyTo(bytes.AsSpan(start));
            from = from[count..];
            offset += count;
        }
    }

    /// <summary>Makes everything from the length on read as zeros.</summary>
    public void Cut(long length)
    {
        (long last, int start, _) = Locate(length, 0);
        if (_pages.TryGetValue(last, out byte[]? bytes)) bytes.AsSpan(start).Clear();
        List<long> behind = [];
        foreach (long page in _pages.Keys)
            if (page > last) behind.Add(page);
        foreach (long page in behind) _pages.Remove(page);
    }

    public SimPages Copy()
    {
        var copy = new SimPages();
        foreach ((long page, byte[] bytes) in _pages) copy._pages.Add(page, bytes.AsSpan().ToArray());
        return copy;
    }

    private static (long Page, int Start, int Count) Locate(long offset, int length)
    {
        int start = (int)(offset % PageBytes);
        return (offset / PageBytes, start, Math.Min(length, PageBytes - start));
    }
}
