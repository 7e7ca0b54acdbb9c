using System.Runtime.InteropServices;

namespace Slungd.Engine.Model;

/// <summary>One point of a batch, 24 bytes: which series, when, what.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
internal struct EventRow
{
    /// <summary>In store precision.</summary>
    public long Timestamp;
    /// <summary>The value's bits; a <see cref="PayloadRef"/> for families with a payload.</summary>
    public ulong Bits;
    public SeriesId Series;
    /// <summary>The family of this value, not None; the series' own family decides whether it fits.</summary>
    public ValueFamily Family;
}
