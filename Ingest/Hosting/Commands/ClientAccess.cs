using System;
using Slungd.Ingest.Hosting.Options;
using Slungd.Ingest.Net;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>What client commands need to be let in: a token of the environment, since on a command line everybody could
/// read it, and TLS when the option, variable or slungd.json of the daemon names its certificate.</summary>
internal static class ClientAccess
{
    public const string Variable = "SLUNGD_TOKEN";

    /// <summary>Null when there is none.</summary>
    public static string? Token => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text ? text : null;

    /// <summary>The header field with its line end, or nothing.</summary>
    public static string TokenField => Token is { } text ? $"Authorization: Bearer {text}\r\n" : "";

    /// <summary>Null: in clear.</summary>
    public static ClientTls? Tls { get; } =
        OptionReader.Find("tls-cert", null)?.Texts[0] is { Length: > 0 } path ? new ClientTls(path) : null;
}
