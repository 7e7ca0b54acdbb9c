using System;
using System.Collections.Generic;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;

namespace Slungd.Ingest.Http;

/// <summary>`/query`: as much InfluxQL as clients send before they write: databases and retention policies are created,
/// without effect. InfluxQL's questions are refused: there are PromQL and the query language.</summary>
internal static class InfluxQueryRoutes
{
    private const string Database = "slungd";

    private const string NotSpoken = "error parsing query: expected CREATE DATABASE, CREATE or ALTER RETENTION POLICY, "
        + "or SHOW DATABASES: InfluxQL is not spoken here; ask in PromQL at /api/v1/query, or at /api/v1/dsl";

    public static IEnumerable<HttpRoute> All() =>
        [new HttpRoute("/query") { Get = Query, Post = Query, Error = InfluxAnswer.Error1 }];

    private static async Task Query(HttpContext context)
    {
        RequestParameters parameters = await RequestParameters.ReadForm(context.Request);
        if (parameters["q"] is not { Length: > 0 } text)
        {
            await InfluxAnswer.Error1(context, StatusCodes.Status400BadRequest, "missing required parameter \"q\"");
            return;
        }
        List<string> statements = Split(text);
        if (statements.Count == 0 || !statements.TrueForAll(static s => IsCreation(s) || IsShowDatabases(s)))
        {
            await InfluxAnswer.Error1(context, StatusCodes.Status400BadRequest, NotSpoken);
            return;
        }
        await InfluxAnswer.Send(context, StatusCodes.Status200OK, json => WriteResults(json, statements));
    }

    private static void WriteResults(Utf8JsonWriter json, List<string> statements)
    {
        json.WriteStartArray("results"u8);
        for (int i = 0; i < statements.Count; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("statement_id"u8, i);
            if (IsShowDatabases(statements[i]))
            {
                json.WritePropertyName("series"u8);
                json.WriteRawValue($$"""[{"name":"databases","columns":["name"],"values":[["{{Database}}"]]}]""");
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>Of something that has a name.</summary>
    private static bool IsCreation(string statement)
    {
        bool isCreation = StartsWith(statement, out ReadOnlySpan<char> name, "CREATE", "DATABASE")
            || StartsWith(statement, out name, "CREATE", "RETENTION", "POLICY")
            || StartsWith(statement, out name, "ALTER", "RETENTION", "POLICY");
        return isCreation && !name.IsWhiteSpace();
    }

    private static bool IsShowDatabases(string statement) => StartsWith(statement, out _, "SHOW", "DATABASES");

    private static bool StartsWith(string statement, out ReadOnlySpan<char> rest, params ReadOnlySpan<string> words)
    {
        rest = statement;
        foreach (string word in words)
        {
            rest = rest.TrimStart();
            if (!rest.StartsWith(word, StringComparison.OrdinalIgnoreCase)) return false;
            rest = rest[word.Length..];
            if (!rest.IsEmpty && !char.IsWhiteSpace(rest[0])) return false;
        }
        return true;
    }

    /// <summary>At semicolons outside quotes; empty statements, and one whose quotes do not end, are none.</summary>
    private static List<string> Split(string text)
    {
        List<string> statements = [];
        int start = 0;
        char quote = '\0';
        for (int i = 0; i <= text.Length; i++)
        {
            char sign = i < text.Length ? text[i] : ';';
            if (quote != '\0')
            {
                if (sign == '\\') i++;
                else if (sign == quote) quote = '\0';
            }
            else if (sign is '"' or '\'') quote = sign;
            else if (sign == ';')
            {
                string statement = text[start..Math.Min(i, text.Length)].Trim();
                if (statement.Length > 0) statements.Add(statement);
                start = i + 1;
            }
        }
        return statements;
    }
}
