using System.Runtime.InteropServices;

namespace Slungd.Ingest.Protocols;

/// <summary>What is remembered of a text: a line's key (measurement and tags as they were sent, with the blank behind
/// them) or one of its fields (the name as it was sent, with the equals sign); the labels of a series; parts of labels,
/// each belonging to the part before.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
internal struct LineEntry
{
    /// <summary>Where its text begins among the texts.</summary>
    public int Start;
    public int Length;
    /// <summary>The line of a field; 0 for a line; see <see cref="LineCache.Find"/>.</summary>
    public int Owner;
    /// <summary>What came behind it the last time, since senders repeat themselves: behind a line the next line, behind
    /// a field the next field; 0 for none.</summary>
    public int Next;
    /// <summary>Of a line: its first field, the last time, or the first of whatever belongs to it; 0 for none.
    /// </summary>
    public int FirstField;
    /// <summary>Of a field: its series' id, that of <see cref="Slungd.Engine.Model.SeriesId.None"/> until it has one.
    /// With several series: how many.</summary>
    public uint Series;
}
