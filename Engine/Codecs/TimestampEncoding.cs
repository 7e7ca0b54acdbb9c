namespace Slungd.Engine.Codecs;

/// <summary>The user's choice for timestamp pages (`--timestamp-encoding`). It guides writing only: every page says
/// itself how it is laid out, and all of them can be read whatever the choice.</summary>
internal enum TimestampEncoding : byte
{
    /// <summary>Per page: start and step where the timestamps are regular, else what packs best.</summary>
    Adaptive,
    /// <summary>Delta of delta, bit codes.</summary>
    Gorilla,
    /// <summary>Zigzag varints of the deltas.</summary>
    Delta,
}

internal static class TimestampEncodings
{
    public static string ToText(this TimestampEncoding encoding) => encoding switch
    {
        TimestampEncoding.Gorilla => "gorilla",
        TimestampEncoding.Delta => "delta",
        _ => "adaptive",
    };

    public static bool TryParse(string text, out TimestampEncoding encoding)
    {
        encoding = text switch
        {
            "gorilla" => TimestampEncoding.Gorilla,
            "delta" => TimestampEncoding.Delta,
            _ => TimestampEncoding.Adaptive,
        };
        return encoding != TimestampEncoding.Adaptive || text == "adaptive";
    }
}
