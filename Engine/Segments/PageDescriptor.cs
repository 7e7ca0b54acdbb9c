using System;
using System.Buffers.Binary;
using Slungd.Engine.Model;

namespace Slungd.Engine.Segments;

/// <summary>What the index knows of one page of points: where its two pages lie in the .dat, and its summary.
/// Written as 96 bytes in this order.</summary>
internal struct PageDescriptor
{
    /// <summary>Oldest and newest point, and the values' summary as queries read them; zeros for payload
    /// families. <see cref="BlockSummary.Count"/> takes 32 bits on disk.</summary>
    public BlockSummary Summary;

    /// <summary>Where the time page starts in the .dat; the value page follows it.</summary>
    public long Offset;

    public int TimeLength;
    public int ValueLength;
    public uint TimeChecksum;
    public uint ValueChecksum;

    public readonly void Write(Span<byte> into)
    {
        BinaryPrimitives.WriteInt64LittleEndian(into, Summary.FirstTimestamp);
        BinaryPrimitives.WriteInt64LittleEndian(into[8..], Summary.LastTimestamp);
        BinaryPrimitives.WriteDoubleLittleEndian(into[16..], Summary.Min);
        BinaryPrimitives.WriteDoubleLittleEndian(into[24..], Summary.Max);
        BinaryPrimitives.WriteDoubleLittleEndian(into[32..], Summary.Sum);
        BinaryPrimitives.WriteDoubleLittleEndian(into[40..], Summary.SumLow);
        BinaryPrimitives.WriteDoubleLittleEndian(into[48..], Summary.First);
        BinaryPrimitives.WriteDoubleLittleEndian(into[56..], Summary.Last);
        BinaryPrimitives.WriteInt64LittleEndian(into[64..], Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(into[72..], (uint)Summary.Count);
        BinaryPrimitives.WriteInt32LittleEndian(into[76..], TimeLength);
        BinaryPrimitives.WriteInt32LittleEndian(into[80..], ValueLength);
        BinaryPrimitives.WriteUInt32LittleEndian(into[84..], TimeChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(into[88..], ValueChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(into[92..], 0);
    }

    public static void Read(ReadOnlySpan<byte> from, out PageDescriptor page)
    {
        from = from[..SegmentFormat.PageDescriptorSize];
        page = default;
        page.Summary.FirstTimestamp = BinaryPrimitives.ReadInt64LittleEndian(from);
        page.Summary.LastTimestamp = BinaryPrimitives.ReadInt64LittleEndian(from[8..]);
        page.Summary.Min = BinaryPrimitives.ReadDoubleLittleEndian(from[16..]);
        page.Summary.Max = BinaryPrimitives.ReadDoubleLittleEndian(from[24..]);
        page.Summary.Sum = BinaryPrimitives.ReadDoubleLittleEndian(from[32..]);
        page.Summary.SumLow = BinaryPrimitives.ReadDoubleLittleEndian(from[40..]);
        page.Summary.First = BinaryPrimitives.ReadDoubleLittleEndian(from[48..]);
        page.Summary.Last = BinaryPrimitives.ReadDoubleLittleEndian(from[56..]);
        page.Offset = BinaryPrimitives.ReadInt64LittleEndian(from[64..]);
        page.Summary.Count = BinaryPrimitives.ReadUInt32LittleEndian(from[72..]);
        page.TimeLength = BinaryPrimitives.ReadInt32LittleEndian(from[76..]);
        page.ValueLength = BinaryPrimitives.ReadInt32LittleEndian(from[80..]);
        page.TimeChecksum = BinaryPrimitives.ReadUInt32LittleEndian(from[84..]);
        page.ValueChecksum = BinaryPrimitives.ReadUInt32LittleEndian(from[88..]);
    }
}
