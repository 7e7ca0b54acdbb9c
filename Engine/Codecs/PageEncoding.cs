namespace Slungd.Engine.Codecs;

/// <summary>The first byte of every page: how the rest is laid out (docs/formats/pages.md). The numbers are on disk and
/// never change; 0 is never valid, so that a page of zeros is corrupt. Gaps are room for more.</summary>
internal enum PageEncoding : byte
{
    TimestampsRaw = 0x01,
    TimestampsRegular = 0x02,
    TimestampsDelta = 0x03,
    TimestampsGorilla = 0x04,
    TimestampsPacked = 0x05,
    TimestampsRuns = 0x06,

    ValuesRaw = 0x20,
    ValuesConstant = 0x21,
    ValuesBits = 0x22,
    ValuesPacked = 0x23,
    ValuesDecimal = 0x24,
    ValuesXor = 0x25,
    ValuesFloatBits = 0x26,
    ValuesDictionary = 0x27,
    ValuesSplit = 0x28,

    PayloadPlain = 0x40,
    PayloadBrotli = 0x41,
}
