using System.Text.Json;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>A query's tree as `/api/v1/parse_query` shows it: a node is an object with its `type` and what belongs to
/// it (prometheus.io/docs/prometheus/latest/querying/api, "Parsing a PromQL expressions into a abstract syntax tree").
/// Times and durations are milliseconds; a computed duration shows as 0. The parser has bounded the depth.</summary>
internal static class QueryTreeJson
{
    public static void Write(Utf8JsonWriter json, Expr expr)
    {
        json.WriteStartObject();
        switch (expr)
        {
            case NumberLiteral number:
                json.WriteString("type"u8, "numberLiteral"u8);
                json.WritePropertyName("val"u8);
                ResultJson.WriteValue(json, number.Value);
                break;
            case StringLiteral text:
                json.WriteString("type"u8, "stringLiteral"u8);
                json.WriteString("val"u8, text.Value);
                break;
            case ParenExpr paren:
                json.WriteString("type"u8, "parenExpr"u8);
                WriteChild(json, "expr", paren.Inner);
                break;
            case UnaryExpr unary:
                json.WriteString("type"u8, "unaryExpr"u8);
                json.WriteString("op"u8, unary.Negative ? "-"u8 : "+"u8);
                WriteChild(json, "expr", unary.Operand);
                break;
            case BinaryExpr binary:
                WriteBinary(json, binary);
                break;
            case AggregateExpr aggregate:
                json.WriteString("type"u8, "aggregation"u8);
                json.WriteString("op"u8, aggregate.Op.Text());
                WriteChild(json, "expr", aggregate.Operand);
                WriteChild(json, "param", aggregate.Parameter);
                WriteTexts(json, "grouping", aggregate.Grouping);
                json.WriteBoolean("without"u8, aggregate.Without);
                break;
            case CallExpr call:
                WriteCall(json, call);
                break;
            case VectorSelector selector:
                json.WriteString("type"u8, "vectorSelector"u8);
                WriteSelector(json, selector);
                break;
            case MatrixSelector matrix:
                json.WriteString("type"u8, "matrixSelector"u8);
                json.WriteNumber("range"u8, matrix.Range);
                WriteSelector(json, matrix.Selector);
                break;
            case SubqueryExpr subquery:
                json.WriteString("type"u8, "subquery"u8);
                json.WriteNumber("range"u8, subquery.Range);
                json.WriteNumber("step"u8, subquery.Step);
                WriteShift(json, subquery.Shift);
                WriteChild(json, "expr", subquery.Inner);
                break;
        }
        json.WriteEndObject();
    }

    private static void WriteBinary(Utf8JsonWriter json, BinaryExpr binary)
    {
        json.WriteString("type"u8, "binaryExpr"u8);
        json.WriteString("op"u8, binary.Op.Text());
        WriteChild(json, "lhs", binary.Left);
        WriteChild(json, "rhs", binary.Right);
        if (binary.Matching is not { } matching) json.WriteNull("matching"u8);
        else
        {
            json.WriteStartObject("matching"u8);
            json.WriteString("card"u8, matching.Cardinality switch
            {
                MatchCardinality.OneToOne => "one-to-one"u8,
                MatchCardinality.ManyToOne => "many-to-one"u8,
                MatchCardinality.OneToMany => "one-to-many"u8,
                _ => "many-to-many"u8,
            });
            WriteTexts(json, "labels", matching.Labels);
            json.WriteBoolean("on"u8, matching.On);
            WriteTexts(json, "include", matching.Include);
            json.WriteEndObject();
        }
        json.WriteBoolean("bool"u8, binary.ReturnBool);
    }

    private static void WriteCall(Utf8JsonWriter json, CallExpr call)
    {
        json.WriteString("type"u8, "call"u8);
        json.WriteStartObject("func"u8);
        json.WriteString("name"u8, call.Function.Name);
        json.WriteStartArray("argTypes"u8);
        foreach (ValueKind kind in call.Function.Parameters) json.WriteStringValue(NameOf(kind));
        json.WriteEndArray();
        json.WriteNumber("variadic"u8, call.Function.Variadic);
        json.WriteString("returnType"u8, NameOf(call.Function.Result));
        json.WriteEndObject();
        json.WriteStartArray("args"u8);
        foreach (Expr argument in call.Arguments) Write(json, argument);
        json.WriteEndArray();
    }

    private static void WriteSelector(Utf8JsonWriter json, VectorSelector selector)
    {
        json.WriteString("name"u8, selector.Name);
        WriteShift(json, selector.Shift);
        json.WriteStartArray("matchers"u8);
        foreach (LabelMatcher matcher in selector.Matchers)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, matcher.Name);
            json.WriteString("value"u8, matcher.Value);
            json.WriteString("type"u8, matcher.Op.ToText());
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteShift(Utf8JsonWriter json, in TimeShift shift)
    {
        json.WriteNumber("offset"u8, shift.Offset);
        if (shift.Anchor == TimeAnchor.Fixed) json.WriteNumber("timestamp"u8, shift.At);
        else json.WriteNull("timestamp"u8);
        if (shift.Anchor is TimeAnchor.Start or TimeAnchor.End)
            json.WriteString("startOrEnd"u8, shift.Anchor == TimeAnchor.Start ? "start"u8 : "end"u8);
        else json.WriteNull("startOrEnd"u8);
    }

    private static void WriteChild(Utf8JsonWriter json, string name, Expr? child)
    {
        json.WritePropertyName(name);
        if (child is null) json.WriteNullValue();
        else Write(json, child);
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, string[] texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static string NameOf(ValueKind kind) => kind switch
    {
        ValueKind.Scalar => "scalar",
        ValueKind.InstantVector => "vector",
        ValueKind.RangeVector => "matrix",
        ValueKind.Text => "string",
        _ => "none",
    };
}
