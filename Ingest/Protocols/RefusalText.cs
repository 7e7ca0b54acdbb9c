using System;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols;

/// <summary>What a refusal says to people, in UTF-8.</summary>
internal static class RefusalText
{
    public static ReadOnlySpan<byte> Of(RefusalCode code) => code switch
    {
        RefusalCode.Malformed => "malformed: the rest of this message is discarded"u8,
        RefusalCode.UnknownKind => "unknown kind or flag: the rest of this message is discarded"u8,
        RefusalCode.UnknownAlias => "unknown alias: send DEFINE before COLUMNS"u8,
        RefusalCode.ValueFamily => "the series holds values of another family"u8,
        RefusalCode.TooOld => "older than the retention keeps"u8,
        RefusalCode.TooNew => "newer than the future limit or the latest time there is allows"u8,
        RefusalCode.SeriesLimit => "the limit of series is reached"u8,
        RefusalCode.Memory => "memory is short: try again later"u8,
        RefusalCode.Disk => "disk is short or failing: try again later"u8,
        RefusalCode.NotAllowed => "not allowed"u8,
        RefusalCode.Rate => "too many points per second"u8,
        _ => default,
    };
}
