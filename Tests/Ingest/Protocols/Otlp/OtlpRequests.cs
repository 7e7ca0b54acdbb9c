using System;
using System.Collections.Generic;
using Slungd.Tests.Ingest.Protocols.Protobuf;
using static Slungd.Tests.Ingest.Protocols.Otlp.OtlpMessages;

namespace Slungd.Tests.Ingest.Protocols.Otlp;

/// <summary>Requests of OTLP by chance, of few parts, so that they repeat themselves and each other: all kinds of
/// points, usual and unusual orders of fields, what can't be stored, and now and then what can't be read.</summary>
internal sealed class OtlpRequests(Random random)
{
    private static readonly string[] s_texts = ["", "a", "b", "limit", "x.y", "_", new('z', 200)];
    private static readonly int[] s_kinds = [Gauge, Sum, Histogram, Exponential, Summary];

    private ulong _time = 1_000; // milliseconds

    /// <summary>The next request; one in so many can't be read.</summary>
    public byte[] Next(int malformedEvery = 40)
    {
        _time += (ulong)random.Next(3);
        ProtoMessage request = new();
        for (int i = Count(2); i > 0; i--) request.Add(1, Resource());
        byte[] bytes = request.Bytes;
        bool isBroken = bytes.Length > 0 && random.Next(malformedEvery) == 0;
        if (isBroken) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    private bool Rarely() => random.Next(8) == 0;

    private int Count(int usual) => Rarely() ? 0 : 1 + random.Next(usual);

    private string Text() => s_texts[random.Next(s_texts.Length)];

    private ProtoMessage Resource()
    {
        ProtoMessage resource = new();
        if (!Rarely()) resource.Add(1, Attribute("service.name", "s" + random.Next(2)));
        if (Rarely()) resource.Add(1, Attribute("service.instance.id", Text()));
        if (Rarely()) resource.Add(1, Attribute("host.name", Text()));
        if (random.Next(20) == 0) resource.Add(1, Attribute("bad", new ProtoMessage().Add(6, 0xff)));
        ProtoMessage all = new ProtoMessage().Add(1, resource);
        for (int i = Count(2); i > 0; i--) all.Add(2, Scope());
        return all;
    }

    private ProtoMessage Scope()
    {
        ProtoMessage name = new();
        if (!Rarely()) name.Add(1, "lib" + random.Next(2));
        if (Rarely()) name.Add(3, Attribute(Text(), Text()));
        ProtoMessage scope = new ProtoMessage().Add(1, name);
        for (int i = Count(4); i > 0; i--) scope.Add(2, Metric());
        if (Rarely()) scope.Add(3, Text());
        return scope;
    }

    private ProtoMessage Metric()
    {
        int kind = s_kinds[random.Next(s_kinds.Length)];
        ulong temporality = Rarely() ? 0UL : 1 + (ulong)random.Next(2);
        string name = Rarely() ? Text() : "m" + random.Next(3);
        List<ProtoMessage> points = [];
        for (int i = Count(6); i > 0; i--) points.Add(Point(kind));
        ProtoMessage data = new();
        foreach (ProtoMessage point in points) data.Add(1, point);
        if (temporality != 0) data.Number(2, temporality);
        if (random.Next(2) == 0) data.Number(3, 1);
        string unit = Rarely() ? Text() : "1", help = Rarely() ? Text() : "Help.";
        if (Rarely()) return new ProtoMessage().Add(kind, data).Add(1, name).Add(3, unit).Add(2, help);
        ProtoMessage metric = new ProtoMessage().Add(1, name).Add(2, help).Add(3, unit);
        if (Rarely()) metric.Add(12, Attribute("meta", Text()));
        return metric.Add(kind, data);
    }

    private ProtoMessage Point(int kind)
    {
        int field = kind switch { Histogram => 9, Exponential => 1, _ => 7 };
        ProtoMessage attributes = new();
        if (!Rarely()) attributes.Add(field, Attribute("route", "/" + random.Next(4)));
        if (random.Next(2) == 0) attributes.Add(field, Attribute("code", new ProtoMessage().Number(3, 200)));
        if (Rarely()) attributes.Add(field, Attribute(Text(), Text()));
        if (Rarely()) attributes.Add(field, Attribute("le", Text()));
        ProtoMessage before = new(), behind = new();
        ProtoMessage place = random.Next(3) == 0 ? behind : before;
        if (!Rarely()) place.Fixed64(3, (_time - (Rarely() ? 2UL : 0)) * 1_000_000);
        if (random.Next(20) == 0) place.Number(kind is Histogram or Exponential ? 10 : 8, 1);
        Values(kind, place);
        if (Rarely()) behind.Add(field, Attribute("scattered", Text()));
        return new ProtoMessage().Raw(before.Bytes).Raw(attributes.Bytes).Raw(behind.Bytes);
    }

    private void Values(int kind, ProtoMessage point)
    {
        ulong[] counts = [(ulong)random.Next(3), (ulong)random.Next(3), 1];
        ProtoMessage exemplar = new ProtoMessage().Fixed64(2, _time * 1_000_000).Double(3, random.Next(20));
        switch (kind)
        {
            case Histogram:
                Buckets(point, counts);
                if (Rarely()) point.Add(8, exemplar);
                break;
            case Exponential:
                point.Fixed64(4, 3).Double(5, 1).Number(6, 2)
                    .Add(8, new ProtoMessage().Number(1, 3).Packed(2, 1, 0, 2));
                if (Rarely()) point.Add(11, exemplar);
                break;
            case Summary:
                point.Fixed64(4, 7).Double(5, 1);
                for (int i = random.Next(3); i > 0; i--)
                    point.Add(6, new ProtoMessage().Double(1, i / 4.0).Double(2, random.Next(9)));
                break;
            default:
                if (!Rarely()) point.Double(4, random.Next(100));
                else if (!Rarely()) point.Fixed64(6, (ulong)random.Next(100));
                if (Rarely()) point.Add(5, exemplar);
                break;
        }
    }

    private void Buckets(ProtoMessage point, ulong[] counts)
    {
        point.Fixed64(4, counts[0] + counts[1] + counts[2] + (Rarely() ? 1UL : 0));
        if (!Rarely()) point.Double(5, random.Next(50));
        if (Rarely()) return; // count and sum alone
        ulong[] bounds = [BitConverter.DoubleToUInt64Bits(0.5 + random.Next(2)), BitConverter.DoubleToUInt64Bits(9)];
        if (!Rarely())
        {
            point.Add(6, Packed(counts)).Add(7, Packed(bounds));
            return;
        }
        foreach (ulong count in counts) point.Fixed64(6, count);
        foreach (ulong bound in bounds) point.Fixed64(7, bound);
    }
}
