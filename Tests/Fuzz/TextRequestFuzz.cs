using System;
using System.Text.Unicode;
using Slungd.Ingest.Protocols.SlungV2;

namespace Slungd.Tests.Fuzz;

/// <summary>Text messages: any valid UTF-8 gives a request or an error with a place inside the message.</summary>
internal static class TextRequestFuzz
{
    public static readonly byte[][] Seeds =
    [
        """{"id":1,"query":"AVG:cpu:[host=a]:[1h,now]","limit":5,"next":"x"}"""u8.ToArray(),
        """{"id":-2,"subscribe":"AVG:temp:[site=eu \u00e9]"}"""u8.ToArray(),
        """{"id":2,"unsubscribe":true}"""u8.ToArray(),
    ];

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (!Utf8.IsValid(input)) return;
        TextRequest request = TextRequestParser.Parse(input);
        bool isInvalid = request.Kind == TextRequestKind.Invalid;
        if (isInvalid == (request.Error is null)) throw new InvalidOperationException("no error, or too many");
        if (isInvalid && (request.ErrorAt < 0 || request.ErrorAt > input.Length))
            throw new InvalidOperationException($"the error is at {request.ErrorAt} of {input.Length}");
        if (!isInvalid && request.Id is null) throw new InvalidOperationException("a request without an id");
    }
}
