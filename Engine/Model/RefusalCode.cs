namespace Slungd.Engine.Model;

/// <summary>Why a point was not kept. The numbers are the ERROR codes of slung.v2 (design, section 4.2).</summary>
internal enum RefusalCode : ushort
{
    None = 0,
    Malformed = 1,
    UnknownKind = 2,
    UnknownAlias = 3,
    ValueFamily = 4,
    TooOld = 5,
    TooNew = 6,
    SeriesLimit = 7,
    Memory = 8,
    Disk = 9,
    NotAllowed = 10,
    Rate = 11,
}
