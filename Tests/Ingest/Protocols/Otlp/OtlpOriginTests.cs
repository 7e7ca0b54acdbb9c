using System;
using System.Linq;
using Slungd.Tests.Ingest.Protocols.Protobuf;
using Xunit;
using static Slungd.Tests.Ingest.Protocols.Otlp.OtlpMessages;

namespace Slungd.Tests.Ingest.Protocols.Otlp;

/// <summary>What a resource or a scope says that labels can't hold is never passed over without a word.</summary>
public class OtlpOriginTests
{
    private const string BadService =
        "data point 1, of g: its service's name, namespace or instance id is too long for a label";
    private const string BadScope = "data point 1, of g: its scope's name, version, schema URL or an attribute is too "
        + "long, has no name, or is one too many";

    private static readonly string s_long = new('x', 65_536);

    private static ProtoMessage Scope(ProtoMessage? scope = null) => new ProtoMessage().Add(1, scope ?? new())
        .Add(2, Metric("g", "", Gauge, 0, false, Number(5, 1)));

    private static ProtoMessage Service(params ProtoMessage[] attributes)
    {
        ProtoMessage resource = new ProtoMessage().Add(1, Attribute("service.name", "shop"));
        foreach (ProtoMessage attribute in attributes) resource.Add(1, attribute);
        return resource;
    }

    private static ProtoMessage[] Many(int count) =>
        [.. Enumerable.Range(0, count).Select(static i => Attribute("a" + i, "x"))];

    /// <summary>The points and the answer, the same three times, with a cache and without.</summary>
    private static string Take(params byte[][] resources)
    {
        byte[] request = [.. resources.SelectMany(static resource => resource)];
        string? first = null;
        foreach (int cacheBytes in (int[])[0, 1 << 20])
        {
            TextSink sink = new();
            using OtlpDoor door = new(sink, cacheBytes);
            for (int i = 0; i < 3; i++)
            {
                sink.Points.Clear();
                string answer = door.Take(request);
                answer = string.Join('|', [.. sink.Points, answer]);
                Assert.Equal(first ??= answer, answer);
            }
        }
        return first!;
    }

    /// <summary>Without that label they would be those of another service. The points of others stand.</summary>
    [Theory]
    [InlineData("service.name")]
    [InlineData("service.namespace")]
    [InlineData("service.instance.id")]
    public void APointWhoseServiceIsNoLabelIsRejected(string key)
    {
        ProtoMessage os = Attribute("os", "x");
        Assert.Equal("g{job=shop} 5 1|target_info{job=shop,os=x} 5 1|True 3 2 0 " + BadService,
            Take(Request(Service(os, Attribute(key, s_long)), Scope(), Scope()), Request(Service(os), Scope())));
    }

    [Fact]
    public void ANamespaceAndANameMayBeTooLongTogether()
    {
        string half = new('x', 33_000);
        byte[] both = Request(new ProtoMessage().Add(1, Attribute("service.name", half))
            .Add(1, Attribute("service.namespace", half)), Scope());
        Assert.Equal("True 1 1 0 " + BadService, Take(both));
        byte[] fits = Request(new ProtoMessage().Add(1, Attribute("service.name", s_long[..65_527])), Scope());
        Assert.EndsWith(" 5 1|True 1 0 0 ", Take(fits), StringComparison.Ordinal);
    }

    [Fact]
    public void APointWhoseScopeIsNoLabelIsRejected()
    {
        ProtoMessage many = new();
        foreach (ProtoMessage attribute in Many(256)) many.Add(3, attribute); // beside `job`
        ProtoMessage[] scopes = [Scope(new ProtoMessage().Add(1, s_long)), Scope(new ProtoMessage().Add(2, s_long)),
            Scope(new ProtoMessage().Add(3, Attribute("a", s_long))),
            Scope(new ProtoMessage().Add(3, Attribute("", "x"))),
            Scope(new ProtoMessage().Add(3, Attribute(s_long, "x"))), Scope(many), Scope().Add(3, s_long)];
        foreach (ProtoMessage bad in scopes)
            Assert.Equal("g{job=shop} 5 1|True 2 1 0 " + BadScope, Take(Request(Service(), bad, Scope())));
        string key = new('k', 1_000);
        Assert.Equal($"g{{job=shop,otel_scope_{key}=x}} 5 1|True 1 0 0 ",
            Take(Request(Service(), Scope(new ProtoMessage().Add(3, Attribute(key, "x"))))));
    }

    /// <summary>Points do not depend on it: they are kept, and the answer names what is missing.</summary>
    [Fact]
    public void WhatTargetInfoLacksIsSaid()
    {
        const string lacks = "attributes of a resource are not in target_info, the first '",
            expected = "': expected at most 256 labels, each with a name, of at most 65535 bytes";
        Assert.Equal($"g{{job=shop}} 5 1|target_info{{job=shop,c=y}} 5 1|True 1 0 0 2 {lacks}a{expected}",
            Take(Request(Service(Attribute("a", s_long), Attribute("", "x"), Attribute("c", "y")), Scope())));
        string answer = Take(Request(Service(Many(300)), Scope()));
        Assert.StartsWith("g{job=shop} 5 1|target_info{", answer, StringComparison.Ordinal);
        Assert.EndsWith($" 5 1|True 1 0 0 45 {lacks}a255{expected}", answer, StringComparison.Ordinal);
        Assert.Equal(255, answer.Split("=x").Length - 1);
        Assert.EndsWith("True 1 0 0 ", Take(Request(Service(Many(255)), Scope())), StringComparison.Ordinal);
    }
}
