using System;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>The messages of OTLP metrics by the names of their fields in JSON: those fields that are read here.
/// </summary>
internal sealed class OtlpSchema
{
    private readonly List<(byte[] Name, OtlpField Field)> _fields = [];

    /// <summary>ExportMetricsServiceRequest.</summary>
    public static OtlpSchema Request { get; } = MakeRequest();

    /// <summary>The field of the property name that is read; null when it is not one of these.</summary>
    public OtlpField? Find(ref Utf8JsonReader reader)
    {
        foreach ((byte[] name, OtlpField field) in _fields)
            if (reader.ValueTextEquals(name)) return field;
        return null;
    }

    private OtlpSchema Add(string name, int number, OtlpFieldKind kind)
    {
        _fields.Add((Encoding.UTF8.GetBytes(name), new OtlpField(number, kind, null)));
        return this;
    }

    private OtlpSchema Add(string name, int number, OtlpSchema message)
    {
        _fields.Add((Encoding.UTF8.GetBytes(name), new OtlpField(number, OtlpFieldKind.Message, message)));
        return this;
    }

    private static OtlpSchema MakeRequest()
    {
        OtlpSchema any = new(), attribute = new();
        attribute.Add("key", 1, OtlpFieldKind.Text).Add("value", 2, any);
        any.Add("stringValue", 1, OtlpFieldKind.Text).Add("boolValue", 2, OtlpFieldKind.Flag)
            .Add("intValue", 3, OtlpFieldKind.SignedInteger).Add("doubleValue", 4, OtlpFieldKind.Double)
            .Add("arrayValue", 5, new OtlpSchema().Add("values", 1, any))
            .Add("kvlistValue", 6, new OtlpSchema().Add("values", 1, attribute))
            .Add("bytesValue", 7, OtlpFieldKind.Base64);
        OtlpSchema scope = new OtlpSchema().Add("name", 1, OtlpFieldKind.Text).Add("version", 2, OtlpFieldKind.Text)
            .Add("attributes", 3, attribute);
        OtlpSchema scopeMetrics = new OtlpSchema().Add("scope", 1, scope).Add("metrics", 2, MakeMetric(attribute))
            .Add("schemaUrl", 3, OtlpFieldKind.Text);
        OtlpSchema resourceMetrics = new OtlpSchema()
            .Add("resource", 1, new OtlpSchema().Add("attributes", 1, attribute)).Add("scopeMetrics", 2, scopeMetrics);
        return new OtlpSchema().Add("resourceMetrics", 1, resourceMetrics);
    }

    private static OtlpSchema MakeMetric(OtlpSchema attribute)
    {
        OtlpSchema exemplar = new OtlpSchema().Add("timeUnixNano", 2, OtlpFieldKind.Fixed)
            .Add("asDouble", 3, OtlpFieldKind.Double).Add("spanId", 4, OtlpFieldKind.Hex)
            .Add("traceId", 5, OtlpFieldKind.Hex).Add("asInt", 6, OtlpFieldKind.SignedFixed)
            .Add("filteredAttributes", 7, attribute);
        OtlpSchema number = Point().Add("asDouble", 4, OtlpFieldKind.Double).Add("exemplars", 5, exemplar)
            .Add("asInt", 6, OtlpFieldKind.SignedFixed).Add("attributes", 7, attribute)
            .Add("flags", 8, OtlpFieldKind.Integer);
        OtlpSchema summary = Point().Add("count", 4, OtlpFieldKind.Fixed).Add("sum", 5, OtlpFieldKind.Double)
            .Add("quantileValues", 6, new OtlpSchema().Add("quantile", 1, OtlpFieldKind.Double)
                .Add("value", 2, OtlpFieldKind.Double))
            .Add("attributes", 7, attribute).Add("flags", 8, OtlpFieldKind.Integer);
        OtlpSchema histogram = Point().Add("count", 4, OtlpFieldKind.Fixed).Add("sum", 5, OtlpFieldKind.Double)
            .Add("bucketCounts", 6, OtlpFieldKind.Fixed).Add("explicitBounds", 7, OtlpFieldKind.Double)
            .Add("exemplars", 8, exemplar).Add("attributes", 9, attribute).Add("flags", 10, OtlpFieldKind.Integer);
        OtlpSchema buckets = new OtlpSchema().Add("offset", 1, OtlpFieldKind.ZigZag)
            .Add("bucketCounts", 2, OtlpFieldKind.Integer);
        OtlpSchema exponential = Point().Add("attributes", 1, attribute).Add("count", 4, OtlpFieldKind.Fixed)
            .Add("sum", 5, OtlpFieldKind.Double).Add("scale", 6, OtlpFieldKind.ZigZag)
            .Add("zeroCount", 7, OtlpFieldKind.Fixed).Add("positive", 8, buckets).Add("negative", 9, buckets)
            .Add("flags", 10, OtlpFieldKind.Integer).Add("exemplars", 11, exemplar)
            .Add("zeroThreshold", 14, OtlpFieldKind.Double);
        return new OtlpSchema().Add("name", 1, OtlpFieldKind.Text).Add("description", 2, OtlpFieldKind.Text)
            .Add("unit", 3, OtlpFieldKind.Text).Add("gauge", 5, Data(number)).Add("sum", 7, Data(number))
            .Add("histogram", 9, Data(histogram)).Add("exponentialHistogram", 10, Data(exponential))
            .Add("summary", 11, Data(summary));
    }

    private static OtlpSchema Point() => new OtlpSchema().Add("timeUnixNano", 3, OtlpFieldKind.Fixed);

    private static OtlpSchema Data(OtlpSchema point) => new OtlpSchema().Add("dataPoints", 1, point)
        .Add("aggregationTemporality", 2, OtlpFieldKind.Integer).Add("isMonotonic", 3, OtlpFieldKind.Flag);
}
