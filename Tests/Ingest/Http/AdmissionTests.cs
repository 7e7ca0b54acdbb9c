using Microsoft.AspNetCore.Http;
using Slungd.Ingest.Http;
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
}
