using Slungd.Ingest.Security;
using Xunit;

namespace Slungd.Tests.Ingest.Security;

public class OriginPolicyTests
{
    private static readonly OriginPolicy Closed = new([], []);
    private static readonly OriginPolicy Open = new(["https://app.example", "null"], ["gateway.lan", "box:9000"]);

    [Theory]
    [InlineData("localhost:2077", null, 0)]
    [InlineData("LOCALHOST", null, 0)]
    [InlineData("127.0.0.1:2077", null, 0)]
    [InlineData("[::1]:2077", null, 0)]
    [InlineData("[::1]", null, 0)]
    [InlineData(null, null, 0)]
    [InlineData("evil.example:2077", null, 2)]
    [InlineData("localhost.evil.example", null, 2)]
    [InlineData("127.0.0.1.evil.example", null, 2)]
    [InlineData("", null, 2)]
    [InlineData("[::1", null, 2)]
    [InlineData("[::1]x:2077", null, 2)]
    [InlineData("localhost:2077", "http://localhost:2077", 0)]
    [InlineData("localhost:2077", "HTTP://LocalHost:2077", 0)]
    [InlineData("localhost", "http://localhost", 0)]
    [InlineData("localhost", "http://localhost:80", 0)]
    [InlineData("localhost", "https://localhost:443", 0)]
    [InlineData("localhost:443", "https://localhost", 0)]
    [InlineData("localhost:2077", "http://localhost:2078", 1)]
    [InlineData("localhost:2077", "http://127.0.0.1:2077", 1)]
    [InlineData("localhost:2077", "http://evil.example", 1)]
    [InlineData("localhost:2077", "http://localhost:2077.evil.example", 1)]
    [InlineData("localhost:2077", "http://localhost:2077@evil.example", 1)]
    [InlineData("localhost:2077", "file://localhost:2077", 1)]
    [InlineData("localhost:2077", "null", 1)]
    [InlineData("localhost:2077", "", 1)]
    [InlineData(null, "http://localhost:2077", 1)]
    [InlineData("evil.example", "http://evil.example", 2)]
    public void A_loopback_listener_serves_only_its_own_names(string? host, string? origin, int verdict) =>
        Assert.Equal((OriginVerdict)verdict, Closed.Check(host, origin, loopbackListener: true));

    [Theory]
    [InlineData("any.example:2077", null, 0)]
    [InlineData("any.example:2077", "http://any.example:2077", 0)]
    [InlineData("any.example:2077", "http://other.example:2077", 1)]
    public void A_public_listener_serves_any_host_but_only_its_own_pages(string host, string? origin, int verdict) =>
        Assert.Equal((OriginVerdict)verdict, Closed.Check(host, origin, loopbackListener: false));

    [Theory]
    [InlineData("gateway.lan", null, 0)]
    [InlineData("Gateway.lan:1", null, 0)]
    [InlineData("box:9000", null, 0)]
    [InlineData("box:9001", null, 2)]
    [InlineData("localhost", "https://app.example", 0)]
    [InlineData("localhost", "https://app.example/", 0)]
    [InlineData("localhost", "http://app.example", 1)]
    [InlineData("localhost", "null", 0)]
    public void Options_open_the_door(string host, string? origin, int verdict) =>
        Assert.Equal((OriginVerdict)verdict, Open.Check(host, origin, loopbackListener: true));

    [Theory]
    [InlineData("https://app.example", true)]
    [InlineData("http://localhost:3000/", true)]
    [InlineData("https://[fd00::1]:8443", true)]
    [InlineData("moz-extension://0f1e-2d", true)]
    [InlineData("null", true)]
    [InlineData("*", true)]
    [InlineData("evil", false)]
    [InlineData("app.example:80", false)]
    [InlineData("https://", false)]
    [InlineData("https://app.example/page", false)]
    [InlineData("https://*.example", false)]
    [InlineData("https://b\u00fccher.example", false)] // browsers write xn--bcher-kva
    [InlineData("https://app.example:x", false)]
    [InlineData("3d://app.example", false)]
    [InlineData("", false)]
    public void Only_what_an_Origin_may_be_is_one(string text, bool isOne) =>
        Assert.Equal(isOne, OriginPolicy.IsOrigin(text));

    [Fact]
    public void The_port_that_browsers_leave_out_is_none()
    {
        var policy = new OriginPolicy(["https://a.example:443", "http://b.example:80/", "https://c.example:80"], []);
        foreach (string origin in (string[])["https://a.example", "http://b.example", "https://c.example:80"])
            Assert.Equal(OriginVerdict.Allowed, policy.Check("localhost", origin, loopbackListener: true));
    }

    [Fact]
    public void A_star_allows_all()
    {
        var policy = new OriginPolicy(["*"], ["*"]);
        OriginVerdict verdict = policy.Check("evil.example", "http://other.example", loopbackListener: true);
        Assert.Equal(OriginVerdict.Allowed, verdict);
    }

    [Fact]
    public void A_refusal_names_the_option()
    {
        Assert.Contains("--allow-origin", OriginPolicy.Explain(OriginVerdict.OriginRefused));
        Assert.Contains("--allow-host", OriginPolicy.Explain(OriginVerdict.HostRefused));
        Assert.Null(OriginPolicy.Explain(OriginVerdict.Allowed));
    }
}
