using System;
using System.Text.Json;

namespace Slungd.Ingest.Protocols.SlungV2;

/// <summary>Reads text messages: one JSON object with `id` (an integer) and one of `query` (with `limit` and `next` for
/// RAW), `subscribe` or `unsubscribe`. Anything else is an error that says what was expected and at which byte. Never
/// throws.</summary>
internal ref struct TextRequestParser
{
    /// <summary>No query of <see cref="Engine.Model.Limits.MaxQueryChars"/> is longer, in escapes even.</summary>
    private const int MaxTextBytes = 6 * 128 * 1024;

    private Utf8JsonReader _reader;
    private readonly TextRequest _request = new();
    private bool _hasVerb;

    private TextRequestParser(ReadOnlySpan<byte> message)
    {
        _reader = new Utf8JsonReader(message, new JsonReaderOptions { MaxDepth = 2 });
    }

    /// <summary>Reads one message, which is valid UTF-8.</summary>
    public static TextRequest Parse(ReadOnlySpan<byte> message)
    {
        var parser = new TextRequestParser(message);
        TextRequest request = parser._request;
        try
        {
            if (parser.Read()) return request;
        }
        catch (JsonException)
        {
            parser.Fail("expected a JSON object", parser._reader.BytesConsumed);
        }
        catch (InvalidOperationException)
        {
            parser.Fail("expected valid text: an escape is half a surrogate pair", parser._reader.TokenStartIndex);
        }
        request.Kind = TextRequestKind.Invalid;
        return request;
    }

    private bool Read()
    {
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject)
            return Fail("expected a JSON object", 0);
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!ReadMember()) return false;
        }
        long end = _reader.TokenStartIndex;
        _reader.Read(); // throws when something follows the object
        if (_request.Id is null) return Fail("expected an id", end);
        if (!_hasVerb) return Fail("expected query, subscribe or unsubscribe", end);
        bool isPaged = _request.Limit is not null || _request.Next is not null;
        return !isPaged || _request.Kind == TextRequestKind.Query
            || Fail("expected limit and next with query only", end);
    }

    private bool ReadMember()
    {
        long nameAt = _reader.TokenStartIndex;
        if (_reader.ValueTextEquals("id"u8)) return ReadId(nameAt);
        if (_reader.ValueTextEquals("query"u8)) return ReadVerb(TextRequestKind.Query, nameAt);
        if (_reader.ValueTextEquals("subscribe"u8)) return ReadVerb(TextRequestKind.Subscribe, nameAt);
        if (_reader.ValueTextEquals("unsubscribe"u8)) return ReadVerb(TextRequestKind.Unsubscribe, nameAt);
        if (_reader.ValueTextEquals("limit"u8)) return ReadLimit(nameAt);
        if (_reader.ValueTextEquals("next"u8)) return ReadNext(nameAt);
        return Fail("expected id, query, limit, next, subscribe or unsubscribe", nameAt);
    }

    private bool ReadId(long nameAt)
    {
        if (_request.Id is not null) return Fail("expected one id", nameAt);
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt64(out long id))
            return Fail("expected an integer", _reader.TokenStartIndex);
        _request.Id = id;
        return true;
    }

    private bool ReadVerb(TextRequestKind kind, long nameAt)
    {
        if (_hasVerb) return Fail("expected one of query, subscribe and unsubscribe", nameAt);
        _hasVerb = true;
        _request.Kind = kind;
        _reader.Read();
        if (kind == TextRequestKind.Unsubscribe)
            return _reader.TokenType == JsonTokenType.True || Fail("expected true", _reader.TokenStartIndex);
        if (_reader.TokenType != JsonTokenType.String) return Fail("expected a query as text", _reader.TokenStartIndex);
        if (_reader.ValueSpan.Length > MaxTextBytes)
            return Fail("expected a query of at most 131072 characters", _reader.TokenStartIndex);
        _request.Query = _reader.GetString()!;
        return true;
    }

    private bool ReadLimit(long nameAt)
    {
        if (_request.Limit is not null) return Fail("expected one limit", nameAt);
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt32(out int limit))
            return Fail("expected an integer", _reader.TokenStartIndex);
        _request.Limit = limit;
        return true;
    }

    private bool ReadNext(long nameAt)
    {
        if (_request.Next is not null) return Fail("expected one next", nameAt);
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.String || _reader.ValueSpan.Length > MaxTextBytes)
            return Fail("expected the next of an answer", _reader.TokenStartIndex);
        _request.Next = _reader.GetString();
        return true;
    }

    private readonly bool Fail(string error, long at)
    {
        _request.Error = error;
        _request.ErrorAt = at;
        return false;
    }
}
