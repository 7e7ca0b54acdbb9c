namespace Slungd.Ingest.Hosting.Options;

/// <summary>What one source says about an option.</summary>
/// <param name="Texts">One text, or several for a list.</param>
/// <param name="Where">The place to name in a message: `--listen`, `SLUNGD_LISTEN`, `slungd.json:3: "listen"`.</param>
internal readonly record struct OptionValue(string[] Texts, string Where);
