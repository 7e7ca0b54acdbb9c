using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Text.RegularExpressions;
using Slungd.Ingest.Web;
using Slungd.Tests.Ingest.Http;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.Ingest.Web;

public sealed partial class PageRoutesTests
{
    private const string Sources = "Ingest/Web/Page/";

    private static IEnumerable<string> Parts => Repository.Files
        .Where(static f => f.StartsWith(Sources, System.StringComparison.Ordinal) && !f[Sources.Length..].Contains('/'))
        .Select(static f => f[Sources.Length..]);

    [Theory]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")]
    [InlineData("application/json")]
    [InlineData("*/*")]
    [InlineData(null)]
    public void TheRootIsThePageForWhoeverAsks(string? accept)
    {
        using HttpFixture http = new();
        HttpResponseMessage answer = http.Get("/", accept is null ? null : "Accept", accept);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/html; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Contains("<!doctype html>", HttpFixture.Text(answer));
    }

    [Fact]
    public void EveryPartIsServedAsItIsWithItsType()
    {
        Dictionary<string, string> types = new()
        {
            [".html"] = "text/html; charset=utf-8", [".css"] = "text/css; charset=utf-8",
            [".js"] = "text/javascript; charset=utf-8", [".svg"] = "image/svg+xml",
        };
        using HttpFixture http = new();
        Assert.Contains("app.js", Parts);
        foreach (string part in Parts)
        {
            HttpResponseMessage answer = http.Get("/page/" + part);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(types[Path.GetExtension(part)], answer.Content.Headers.ContentType!.ToString());
            Assert.Equal(Repository.Read(Sources + part), HttpFixture.Text(answer));
        }
    }

    [Fact]
    public void OnlyWhatLiesBesideThePageMayRun()
    {
        using HttpFixture http = new();
        foreach (HttpResponseMessage answer in (HttpResponseMessage[])
            [http.Get("/", "Accept", "text/html"), http.Get("/page/app.js"), http.Get("/page/page.css")])
        {
            string policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; ", policy);
            Assert.DoesNotContain("unsafe", policy);
            Assert.Contains("frame-ancestors 'none'", policy);
            Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
            Assert.Equal(["no-referrer"], answer.Headers.GetValues("Referrer-Policy"));
        }
    }

    [Fact]
    public void WhatIsKnownIsNotSentAgain()
    {
        using HttpFixture http = new();
        HttpResponseMessage first = http.Get("/page/app.js");
        string tag = first.Headers.ETag!.ToString();
        Assert.True(first.Headers.CacheControl!.NoCache);
        foreach (string known in (string[])[tag, $"\"other\", {tag}", "*"])
        {
            HttpResponseMessage second = http.Get("/page/app.js", "If-None-Match", known);
            Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
            Assert.Equal(tag, second.Headers.ETag!.ToString());
            Assert.Equal("", HttpFixture.Text(second));
        }
        Assert.Equal(HttpStatusCode.OK, http.Get("/page/app.js", "If-None-Match", "\"other\"").StatusCode);
        Assert.NotEqual(tag, http.Get("/page/page.css").Headers.ETag!.ToString());
    }

    [Fact]
    public void PartsArePackedForThoseWhoTakeIt()
    {
        using HttpFixture http = new();
        HttpResponseMessage packed = http.Get("/page/app.js", "Accept-Encoding", "gzip, br");
        Assert.Equal(["gzip"], packed.Content.Headers.ContentEncoding);
        Assert.Contains("Accept-Encoding", packed.Headers.Vary);
        using GZipStream plain = new(packed.Content.ReadAsStream(), CompressionMode.Decompress);
        Assert.Equal(Repository.Read(Sources + "app.js"), new StreamReader(plain, Encoding.UTF8).ReadToEnd());
        Assert.Empty(http.Get("/page/app.js").Content.Headers.ContentEncoding);
        HttpResponseMessage head = http.Send(HttpMethod.Head, "/page/app.js");
        Assert.Equal("", HttpFixture.Text(head));
        Assert.True(head.Content.Headers.ContentLength > 0);
    }

    [Theory]
    [InlineData("/page/nothing.js")]
    [InlineData("/page/")]
    [InlineData("/page/../slungd.csproj")]
    [InlineData("/page/x%2fapp.js")]
    public void NothingElseIsServed(string path)
    {
        using HttpFixture http = new();
        HttpResponseMessage answer = http.Get(path);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("error", HttpFixture.Json(answer).GetProperty("status").GetString());
    }

    /// <summary>The policy would block these, and nobody would see it before they need them.</summary>
    [Fact]
    public void TheSourcesHaveNothingInlineAndNothingForeign()
    {
        foreach (string part in Parts)
        {
            string text = Repository.Read(Sources + part);
            string foreign = text.Replace("http://www.w3.org/2000/svg", "").Replace("https://html.spec.whatwg.org", "");
            Assert.DoesNotMatch("https?://", foreign);
            Assert.DoesNotMatch("(?:^|\n)[^\n]{121}", text);
            if (!part.EndsWith(".html", System.StringComparison.Ordinal)) continue;
            Assert.DoesNotMatch(@"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text);
            foreach (Match link in Link().Matches(text))
                Assert.Contains(link.Groups[1].Value, Parts);
        }
    }

    /// <summary>Every module that is imported is there, and every module is used.</summary>
    [Fact]
    public void ModulesFindEachOther()
    {
        string[] modules = [.. Parts.Where(static p => Path.GetExtension(p) == ".js").Order()];
        HashSet<string> imported = ["app.js", "theme.js"];
        foreach (string module in modules)
        {
            foreach (Match import in Import().Matches(Repository.Read(Sources + module)))
                imported.Add(import.Groups[1].Value);
        }
        Assert.Equal(modules, imported.Order());
    }

    [Fact]
    public void ThePolicyIsThatOfTheDocumentation() =>
        Assert.Contains(PageRoutes.Policy.Split("; ")[0], Repository.Read("docs/page.md"));

    [GeneratedRegex("(?:src|href)=\"page/([^\"]+)\"")]
    private static partial Regex Link();

    [GeneratedRegex("from \"\\./([^\"]+)\"")]
    private static partial Regex Import();
}
