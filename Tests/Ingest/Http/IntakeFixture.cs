using System;
using System.Collections.Generic;
using System.Net.Http;
using Slungd.Engine.Model;
using Slungd.Engine.Notes;
using Slungd.Ingest.Http;
using Slungd.Native.Memory;
using Slungd.Tests.Engine.Fakes;

namespace Slungd.Tests.Ingest.Http;

/// <summary>What a door of port 2078 that takes points needs, and that port, on an ephemeral one.</summary>
internal sealed class IntakeFixture : IDisposable
{
    /// <summary>The longest body, unpacked.</summary>
    public const int MaxBody = 100_000;

    /// <param name="routes">Makes the doors.</param>
    /// <param name="precision">Of the sink.</param>
    public IntakeFixture(Func<IntakeFixture, IEnumerable<HttpRoute>> routes,
        Precision precision = Precision.Microseconds)
    {
        Sink = new FakeEventSink(new FakeSeriesReader(precision));
        Intake = new Intake(Sink, new Limits { MaxHoldBackSeconds = 0 }, TimeProvider.System);
        Http = new HttpFixture(limits: new Limits { MaxBodyBytes = MaxBody }, routes: [.. routes(this)]);
    }

    public FakeEventSink Sink { get; }

    public Intake Intake { get; }

    public RequestBodies Bodies { get; } = new(new ByteBudget(16 << 20), MaxBody);

    public ByteBudget CacheBudget { get; } = new(1 << 20);

    public MetadataStore Metadata { get; } = new(100);

    public ExemplarStore Exemplars { get; } = new(100, 1 << 20);

    public HttpFixture Http { get; }

    public HttpResponseMessage Post(byte[] body, string path, string? coding = null, string? type = null)
    {
        ByteArrayContent content = new(body);
        if (coding is not null) content.Headers.ContentEncoding.Add(coding);
        if (type is not null) content.Headers.TryAddWithoutValidation("Content-Type", type);
        return Http.Client.Send(new HttpRequestMessage(HttpMethod.Post, path) { Content = content });
    }

    public static string ErrorOf(HttpResponseMessage answer) =>
        HttpFixture.Json(answer).GetProperty("error").GetString()!;

    public void Dispose()
    {
        Http.Dispose();
        Metadata.Dispose();
        Exemplars.Dispose();
    }
}
