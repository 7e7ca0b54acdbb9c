using System;
using Slungd.Native.Memory;

namespace Slungd.Engine.Segments;

/// <summary>Collects the body of one section, with room for its header in front. Reused from segment to segment. What
/// many series need lies outside the managed heap, whose limit is meant for answers.</summary>
internal sealed class SectionBuffer(SectionKind kind)
{
    private const int InitialBytes = 4 * 1024;
    private const int ManagedBytes = 256 * 1024;

    /// <summary>What one large segment needed is not kept for the small ones after it.</summary>
    private const int KeptBytes = 4 * 1024 * 1024;

    // The series are counted where they are made: here nothing is refused.
    private static readonly ByteBudget s_budget = new(long.MaxValue);

    private byte[] _small = new byte[InitialBytes];
    private NativeBlock? _large; // in its place
    private int _end = SegmentFormat.SectionHeaderSize;

    public int BodyLength => _end - SegmentFormat.SectionHeaderSize;

    public Span<byte> Body => Bytes.Slice(SegmentFormat.SectionHeaderSize, BodyLength);

    private Span<byte> Bytes => _large is null ? _small : _large.Span;

    public void Reset()
    {
        if (_large?.Length > KeptBytes) Release();
        _end = SegmentFormat.SectionHeaderSize;
    }

    /// <summary>Forgets the content and gives large memory back.</summary>
    public void Release()
    {
        _large?.Dispose();
        _large = null;
        _end = SegmentFormat.SectionHeaderSize;
    }

    /// <summary>Grows the body; what is returned has undefined content and dies with the next call.</summary>
    public Span<byte> Add(int bytes)
    {
        int end = checked(_end + bytes);
        if (end > Bytes.Length) Grow(end);
        Span<byte> added = Bytes.Slice(_end, bytes);
        _end = end;
        return added;
    }

    /// <summary>The whole section, header and checksum filled in.</summary>
    public ReadOnlySpan<byte> Seal()
    {
        Span<byte> section = Bytes[.._end];
        SegmentFormat.WriteSectionHeader(section, kind);
        return section;
    }

    private void Grow(int least)
    {
        int length = Math.Max(least, (int)Math.Min(Array.MaxLength, Bytes.Length * 2L));
        if (length <= ManagedBytes)
        {
            Array.Resize(ref _small, length);
            return;
        }
        NativeBlock larger = NativeBlock.TryAllocate(s_budget, length)!; // a budget without end refuses nothing
        Bytes[.._end].CopyTo(larger.Span);
        _large?.Dispose();
        _large = larger;
    }
}
