using System;
using System.IO;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Slungd.Engine.Model;
using Slungd.Ingest.Http;
using Slungd.Ingest.Security;
using Slungd.Tests.Engine.Fakes;
using Slungd.Tests.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public sealed class AdmissionTests
{
    private static string TargetOf(string path, string query)
    {
        DefaultHttpContext context = new();
        context.Request.Path = path;
        context.Request.QueryString = new QueryString(query);
        return Admission.TargetOf(context.Request, new HttpRoute("/api/v1/workflows/*"));
    }

    [Theory]
    [InlineData("?token=slung_abc")]
    [InlineData("?a=1;p=slung_abc")]
    [InlineData("?start=1;p=slung_abc")]
    [InlineData("?match[]=up&match[]=SLUNG_abc&start=2")]
    [InlineData("?password=slung_abc&access_token=abc")]
    [InlineData("?+p=abc&p%20=abc&p%00=abc&p%=abc&P=abc&u=abc")]
    [InlineData("?x=%26p=abc")]
    [InlineData("?abc")]
    public void NoSecretReachesTheAuditLog(string query)
    {
        string target = TargetOf("/api/v1/admin/tsdb/flush", query);
        Assert.StartsWith("/api/v1/admin/tsdb/flush", target);
        Assert.DoesNotContain("abc", target);
        Assert.Equal("/api/v1/workflows/*", TargetOf("/api/v1/workflows/slung_abc", query).Split('?')[0]);
    }

    [Fact]
    public void WhatWasDoneDoes() => Assert.Equal(
        "/api/v1/admin/tsdb/delete_series?match[]=up{a=\"b \"}&match[]=x&end=3",
        TargetOf("/api/v1/admin/tsdb/delete_series", "?match[]=up{a=\"b%0A\"}&p=1&match%5B%5D=x&Q=3&end=3"));

    [Fact]
    public void WhatWasDoneByAFormDoes()
    {
        DefaultHttpContext context = new();
        context.Request.Path = "/api/v1/admin/tsdb/delete_series";
        context.Request.QueryString = new QueryString("?end=3");
        context.Request.Form = new FormCollection(new()
        {
            ["match[]"] = new(["up", "slung_abc"]), ["start"] = "1", ["secret"] = "abc",
        });
        Assert.Equal("/api/v1/admin/tsdb/delete_series?match[]=up&start=1&end=3",
            Admission.TargetOf(context.Request, new HttpRoute("/x")));
    }

    /// <summary>As a client sends it.</summary>
    [Fact]
    public async Task AFormThatWasReadIsSeenAfterwards()
    {
        DefaultHttpContext context = new();
        context.Request.Path = "/x";
        context.Request.Method = "POST";
        context.Request.ContentType = "application/x-www-form-urlencoded";
        context.Request.Body = new MemoryStream("match%5B%5D=up"u8.ToArray());
        Assert.Equal("/x", Admission.TargetOf(context.Request, new HttpRoute("/x")));
        Assert.Equal("up", (await RequestParameters.ReadForm(context.Request))["match[]"]);
        Assert.Equal("/x?match[]=up", Admission.TargetOf(context.Request, new HttpRoute("/x")));
    }

    [Fact]
    public async Task WhoOwesPointsIsTurnedAwayAndCounted()
    {
        string path = Path.GetTempFileName();
        try
        {
            AccessToken token = new("w", TokenScope.Write, AccessPolicy.HashOf("secret"), null, 0);
            TokenFile.Write(path, [token with { PointsPerSecond = 100 }]);
            ManualClock clock = new();
            AccessPolicy policy = new(path, clock, NullLogger.Instance);
            FakeEventSink sink = new(new FakeSeriesReader(Precision.Microseconds));
            Admission admission = new(policy, sink, clock, NullLogger.Instance, NullLogger.Instance);
            HttpRoute route = new("/write") { Post = static _ => Task.CompletedTask, Needs = TokenScope.Write };
            Assert.Null(Enter());
            policy.Check("secret", TokenScope.Write, out AccessToken? held);
            held!.Allowance!.Take(250);
            await Enter()!;
            Assert.Equal(RefusalCode.Rate, Assert.Single(sink.TurnedAway));
            clock.Move(TimeSpan.FromSeconds(2));
            Assert.Null(Enter());
            Assert.Single(sink.TurnedAway);

            Task? Enter()
            {
                DefaultHttpContext context = new();
                context.Request.Method = "POST";
                context.Request.Headers.Authorization = "Bearer secret";
                return admission.Refuse(context, route);
            }
        }
        finally { File.Delete(path); }
    }
}
