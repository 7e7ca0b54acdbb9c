using System;
using System.IO;
using Slungd.Ingest.Hosting.Options;
using Slungd.Ingest.Net;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>What client commands need to be let in: a token of the environment, since on a command line everybody could
/// read it, and TLS when the option, variable or slungd.json of the daemon names its certificate.</summary>
internal static class ClientAccess
{
    public const string Variable = "SLUNGD_TOKEN";

    /// <summary>Null when there is none. Secrets in files often have a line's end behind them.</summary>
    /// <exception cref="IOException">It can be none.</exception>
    public static string? Token => TokenOf(Environment.GetEnvironmentVariable(Variable));

    /// <summary>The header field with its line end, or nothing.</summary>
    public static string TokenField => Token is { } text ? $"Authorization: Bearer {text}\r\n" : "";

    /// <summary>Null: in clear.</summary>
    public static ClientTls? Tls { get; } = Path is { } path ? new ClientTls(path) : null;

    /// <summary>The same for who trusts anybody.</summary>
    public static ClientTls? AnyTls { get; } = Path is { } path ? new ClientTls(path, isChecked: false) : null;

    private static string? Path =>
        OptionReader.Find("tls-cert", null)?.Texts[0] is { Length: > 0 } path ? path : null;

    /// <summary>What a variable means.</summary>
    internal static string? TokenOf(string? text)
    {
        text = text?.Trim();
        if (string.IsNullOrEmpty(text)) return null;
        foreach (char c in text)
            if (c is <= ' ' or > '~')
                throw new IOException($"{Variable}: expected a token, without spaces and control characters");
        return text;
    }
}
