namespace Slungd.Ingest.Net;

/// <summary>The part of a session's input that it could not use yet: shown again, with more behind it.</summary>
internal readonly record struct Remainder(int Start, int Length);
