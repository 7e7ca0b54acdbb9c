using System;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>The token that client commands show, from the environment: on a command line everybody could read it.
/// </summary>
internal static class ClientToken
{
    public const string Variable = "SLUNGD_TOKEN";

    /// <summary>Null when there is none.</summary>
    public static string? Text => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text ? text : null;

    /// <summary>The header field with its line end, or nothing.</summary>
    public static string Field => Text is { } text ? $"Authorization: Bearer {text}\r\n" : "";
}
