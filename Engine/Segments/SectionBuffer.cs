using System;

namespace Slungd.Engine.Segments;

/// <summary>Collects the body of one section, with room for its header in front. Reused from segment to
/// segment.</summary>
internal sealed class SectionBuffer(SectionKind kind)
{
    private const int InitialBytes = 4 * 1024;

    /// <summary>What one large segment needed is not kept for the small ones after it.</summary>
    private const int KeptBytes = 4 * 1024 * 1024;

    private byte[] _bytes = new byte[InitialBytes];
    private int _end = SegmentFormat.SectionHeaderSize;

    public int BodyLength => _end - SegmentFormat.SectionHeaderSize;

    public Span<byte> Body => _bytes.AsSpan(SegmentFormat.SectionHeaderSize, BodyLength);

    public void Reset()
    {
        if (_bytes.Length > KeptBytes) _bytes = new byte[InitialBytes];
        _end = SegmentFormat.SectionHeaderSize;
    }

    /// <summary>Grows the body; what is returned has undefined content and dies with the next call.</summary>
    public Span<byte> Add(int bytes)
    {
        int end = checked(_end + bytes);
        if (end > _bytes.Length)
        {
            int doubled = (int)Math.Min(Array.MaxLength, (long)_bytes.Length * 2);
            Array.Resize(ref _bytes, Math.Max(end, doubled));
        }
        Span<byte> added = _bytes.AsSpan(_end, bytes);
        _end = end;
        return added;
    }

    /// <summary>The whole section, header and checksum filled in.</summary>
    public ReadOnlySpan<byte> Seal()
    {
        Span<byte> section = _bytes.AsSpan(0, _end);
        SegmentFormat.WriteSectionHeader(section, kind);
        return section;
    }
}
