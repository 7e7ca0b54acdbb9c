using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Text.Json;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>Answers are read as those of a slungd. Who gives another address gets JSON of another form: one line
/// says so, wherever the reader met it.</summary>
internal static class AnswerForm
{
    /// <summary>What reading an answer gives.</summary>
    /// <param name="address">Of who answered.</param>
    /// <param name="read">Takes members and values that an answer of this kind has, without a look before.</param>
    /// <exception cref="IOException">A member lacks or is of another kind.</exception>
    public static T Read<T>(IPEndPoint address, Func<T> read)
    {
        try { return read(); }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException
            or IndexOutOfRangeException)
        {
            throw new IOException($"{address}: expected a slungd, got an answer of another form", e);
        }
    }

    /// <inheritdoc cref="Read{T}"/>
    public static void Read(IPEndPoint address, JsonElement answer, Action<JsonElement> use) => Read(address, () =>
    {
        use(answer);
        return true;
    });

    /// <summary>Undefined, which has no member, when it is no JSON.</summary>
    public static JsonElement Parse(ReadOnlyMemory<byte> text)
    {
        try { return JsonDocument.Parse(text).RootElement; }
        catch (JsonException) { return default; }
    }

    /// <summary>A text that may not be null.</summary>
    /// <exception cref="InvalidOperationException">It is no text; so does the value's own reader.</exception>
    public static string Text(this JsonElement value) =>
        value.GetString() ?? throw new InvalidOperationException("expected text, got null");
}
