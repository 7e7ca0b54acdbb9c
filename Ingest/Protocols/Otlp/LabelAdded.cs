namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>What became of a label.</summary>
internal enum LabelAdded : byte
{
    Done,
    /// <summary>One of that name is there.</summary>
    Twice,
    /// <summary>It is too long, has no name, is not in UTF-8, or is one too many.</summary>
    Refused,
}
