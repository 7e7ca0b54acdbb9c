using System;
using System.Buffers.Binary;
using System.Linq;
using Slungd.Tests.Ingest.Protocols.Protobuf;

namespace Slungd.Tests.Ingest.Protocols.Otlp;

/// <summary>Builds requests of OTLP. Times are milliseconds.</summary>
internal static class OtlpMessages
{
    public const int Gauge = 5, Sum = 7, Histogram = 9, Exponential = 10, Summary = 11;
    public const ulong Delta = 1, Cumulative = 2;

    /// <summary>One metric of a scope without a name, of service `shop`.</summary>
    public static byte[] Request(ProtoMessage metric) =>
        Request(new ProtoMessage().Add(1, Attribute("service.name", "shop")), new ProtoMessage().Add(2, metric));

    public static byte[] Request(ProtoMessage resource, params ProtoMessage[] scopes)
    {
        ProtoMessage metrics = new ProtoMessage().Add(1, resource);
        foreach (ProtoMessage scope in scopes) metrics.Add(2, scope);
        return new ProtoMessage().Add(1, metrics).Bytes;
    }

    public static ProtoMessage Metric(string name, string unit, int kind, ulong temporality, bool isMonotonic,
        params ProtoMessage[] points)
    {
        ProtoMessage data = new();
        foreach (ProtoMessage point in points) data.Add(1, point);
        if (temporality != 0) data.Number(2, temporality);
        if (isMonotonic) data.Number(3, 1);
        return new ProtoMessage().Add(1, name).Add(2, "Help.").Add(3, unit).Add(kind, data);
    }

    public static ProtoMessage Number(ulong time, double value, params ProtoMessage[] attributes)
    {
        ProtoMessage point = new ProtoMessage().Fixed64(2, 1).Fixed64(3, time * 1_000_000).Double(4, value);
        foreach (ProtoMessage attribute in attributes) point.Add(7, attribute);
        return point;
    }

    /// <summary>Counts of buckets with the bounds 0.5, 10; a sum of 9.</summary>
    public static ProtoMessage Buckets(ulong time, params ulong[] counts) => new ProtoMessage()
        .Fixed64(3, time * 1_000_000).Fixed64(4, counts.Aggregate(0UL, (a, b) => a + b)).Double(5, 9)
        .Add(6, Packed(counts))
        .Add(7, Packed([.. new[] { 0.5, 10 }.Select(BitConverter.DoubleToUInt64Bits)]));

    public static ProtoMessage Attribute(string key, string value) =>
        new ProtoMessage().Add(1, key).Add(2, new ProtoMessage().Add(1, value));

    public static ProtoMessage Attribute(string key, ProtoMessage value) =>
        new ProtoMessage().Add(1, key).Add(2, value);

    public static byte[] Packed(params ulong[] numbers)
    {
        byte[] bytes = new byte[8 * numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8 * i), numbers[i]);
        return bytes;
    }
}
