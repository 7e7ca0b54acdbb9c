namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>A field of a message.</summary>
/// <param name="Number">In protobuf.</param>
/// <param name="Kind">How its value is written in both.</param>
/// <param name="Message">What it holds, if it is a message.</param>
internal sealed record OtlpField(int Number, OtlpFieldKind Kind, OtlpSchema? Message);
