using System;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Slungd.Engine.Model;
using Slungd.Ingest.Security;
using Slungd.Tests.Engine.Fakes;
using Slungd.Tests.Ingest.Http;
using Slungd.Tests.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Security;

public sealed class AccessPolicyTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();
    private readonly ManualClock _clock = new();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void ScopesAndUnknownTokens()
    {
        AccessPolicy policy = Start(Of("r", TokenScope.Read), Of("w", TokenScope.Write), Of("a", TokenScope.Admin));
        Assert.Equal(AccessVerdict.Allowed, policy.Check("r", TokenScope.Read, out AccessToken? token));
        Assert.Equal("name-r", token!.Name);
        Assert.Equal(AccessVerdict.Forbidden, policy.Check("r", TokenScope.Write, out _));
        Assert.Equal(AccessVerdict.Forbidden, policy.Check("w", TokenScope.Read, out _));
        Assert.Equal(AccessVerdict.Allowed, policy.Check("w", TokenScope.Read | TokenScope.Write, out _));
        Assert.Equal(AccessVerdict.Forbidden, policy.Check("w", TokenScope.Admin, out _));
        foreach (TokenScope scope in (TokenScope[])[TokenScope.Read, TokenScope.Write, TokenScope.Admin])
            Assert.Equal(AccessVerdict.Allowed, policy.Check("a", scope, out _));
        foreach (string? secret in (string?[])[null, "", "x", "R"])
            Assert.Equal(AccessVerdict.Unknown, policy.Check(secret, TokenScope.Read, out _));
    }

    [Fact]
    public void ATokenEndsWhenItExpires()
    {
        DateTimeOffset end = _clock.GetUtcNow().AddSeconds(10);
        AccessPolicy policy = Start(Of("t", TokenScope.Read) with { Expires = end });
        Assert.Equal(AccessVerdict.Allowed, policy.Check("t", TokenScope.Read, out AccessToken? token));
        Assert.Same(token, policy.Current(token!));
        _clock.Move(TimeSpan.FromSeconds(10));
        Assert.Equal(AccessVerdict.Unknown, policy.Check("t", TokenScope.Read, out _));
        Assert.Null(policy.Current(token!));
    }

    [Fact]
    public void ARotationOverlapsAndABadFileChangesNothing()
    {
        AccessToken old = Of("old", TokenScope.Read);
        AccessPolicy policy = Start(old);
        policy.Check("old", TokenScope.Read, out AccessToken? held);
        Replace(old, Of("new", TokenScope.Read));
        Assert.Equal(AccessVerdict.Allowed, policy.Check("new", TokenScope.Read, out _));
        Assert.Equal(AccessVerdict.Allowed, policy.Check("old", TokenScope.Read, out _));
        Assert.NotNull(policy.Current(held!));

        File.WriteAllText(_path, "nonsense");
        Touch();
        Assert.Equal(AccessVerdict.Allowed, policy.Check("old", TokenScope.Read, out _));
        Replace(Of("new", TokenScope.Read));
        Assert.Equal(AccessVerdict.Unknown, policy.Check("old", TokenScope.Read, out _));
        Assert.Null(policy.Current(held!));
        File.Delete(_path);
        Touch();
        Assert.Equal(AccessVerdict.Allowed, policy.Check("new", TokenScope.Read, out _));
    }

    /// <summary>What a connection that is open holds.</summary>
    [Fact]
    public void AnEditedLineHoldsForTokensInUse()
    {
        AccessToken line = Of("t", TokenScope.Write);
        AccessPolicy policy = Start(line);
        policy.Check("t", TokenScope.Write, out AccessToken? held);
        Assert.Null(held!.Allowance);
        Replace(line with { PointsPerSecond = 100, MaxSeries = 5 });
        AccessToken limited = policy.Current(held)!;
        Assert.Equal((100, 5), (limited.Allowance!.PointsPerSecond, limited.Series!.Limit));
        Replace(line with { PointsPerSecond = 200, Expires = _clock.GetUtcNow().AddSeconds(9) });
        Assert.Equal(200, policy.Current(limited)!.Allowance!.PointsPerSecond);
        Assert.Null(policy.Current(limited)!.Series);
        Replace(line with { Expires = _clock.GetUtcNow() });
        Assert.Null(policy.Current(held));
        Replace(line);
        Assert.NotNull(policy.Current(held));
    }

    /// <summary>An editor that cuts a file off before it writes it must not close every door.</summary>
    [Fact]
    public void AnEmptyFileCountsAtTheSecondLook()
    {
        AccessToken line = Of("t", TokenScope.Read);
        CollectedLog log = new();
        AccessPolicy policy = Start(log, line);
        policy.Check("t", TokenScope.Read, out AccessToken? held);
        Cut();
        Assert.NotNull(policy.Current(held!));
        Replace(line, Of("new", TokenScope.Read));
        Assert.NotNull(policy.Current(held!));
        Cut();
        Assert.NotNull(policy.Current(held!));
        Assert.Empty(log.Lines);
        _clock.Move(TimeSpan.FromSeconds(1));
        Assert.Null(policy.Current(held!));
        Assert.Contains("nobody may do anything", Assert.Single(log.Lines), StringComparison.Ordinal);

        void Cut()
        {
            File.WriteAllText(_path, "");
            Touch();
        }
    }

    [Fact]
    public async Task WhatTheFileBecomesIsSaid()
    {
        if (!OperatingSystem.IsLinux()) return;
        CollectedLog log = new();
        AccessPolicy policy = Start(log, Of("t", TokenScope.Read));
        File.SetUnixFileMode(_path, File.GetUnixFileMode(_path) | UnixFileMode.OtherRead);
        Replace(Of("t", TokenScope.Read), Of("u", TokenScope.Read));
        Assert.Equal(AccessVerdict.Allowed, policy.Check("u", TokenScope.Read, out _));
        Assert.Contains("can be read or changed by others", Assert.Single(log.Lines), StringComparison.Ordinal);
        File.Delete(_path);
        Assert.Equal(0, (await EndToEnd.Executable.Run("mkfifo", [_path])).ExitCode);
        _clock.Move(TimeSpan.FromSeconds(1));
        Assert.Equal(AccessVerdict.Allowed, policy.Check("t", TokenScope.Read, out _)); // and is not held
        Assert.Contains(log.Lines, static line => line.Contains("regular file", StringComparison.Ordinal));
    }

    [Fact]
    public void AnAllowanceLivesOnWhenTheFileIsReadAgain()
    {
        AccessToken limited = Of("t", TokenScope.Write) with { PointsPerSecond = 100 };
        AccessPolicy policy = Start(limited);
        policy.Check("t", TokenScope.Write, out AccessToken? token);
        token!.Allowance!.Take(1_000);
        Replace(limited, Of("other", TokenScope.Read));
        policy.Check("t", TokenScope.Write, out AccessToken? again);
        Assert.NotSame(token, again);
        Assert.InRange(again!.Allowance!.Debt().TotalSeconds, 5, 9);
    }

    [Fact]
    public void AnAllowanceIsARateWithABurstOfASecond()
    {
        PointAllowance allowance = new(100, _clock);
        allowance.Take(100);
        Assert.Equal(TimeSpan.Zero, allowance.Debt());
        allowance.Take(150);
        Assert.Equal(1.5, allowance.Debt().TotalSeconds, 3);
        _clock.Move(TimeSpan.FromSeconds(1));
        Assert.Equal(0.5, allowance.Debt().TotalSeconds, 3);
        _clock.Move(TimeSpan.FromSeconds(100));
        allowance.Take(101);
        Assert.Equal(0.01, allowance.Debt().TotalSeconds, 3);
    }

    [Theory]
    [InlineData(100, 10_000)]
    [InlineData(1_000, 60_000)]
    public void WhatIsOwedIsBounded(long rate, int mostOwed)
    {
        PointAllowance allowance = new(rate, _clock);
        Assert.Equal(mostOwed + rate, allowance.Take(int.MaxValue));
        Assert.Equal((double)mostOwed / rate, allowance.Debt().TotalSeconds, 3);
        Assert.Equal(0, allowance.Take(1));
        _clock.Move(TimeSpan.FromSeconds(2));
        Assert.Equal(2 * rate, allowance.Take(int.MaxValue));
    }

    [Fact]
    public void ASinkKeepsWhatATokenMayStillOwe()
    {
        FakeEventSink inner = new(new FakeSeriesReader(Precision.Microseconds));
        AccessToken token = Of("t", TokenScope.Write) with { Allowance = new PointAllowance(1, _clock) };
        WriteBatch batch = new(new TokenSink(inner) { Token = token });
        for (int i = 0; i < 3; i++)
        {
            batch.BeginSeries(Encoding.UTF8.GetBytes("cpu" + i));
            for (int point = 0; point < 5_000; point++) batch.AddFloat(point, point);
        }
        batch.Commit();
        Assert.Equal([new Refusal(10_001, 4_999, RefusalCode.Rate)], batch.Refusals.Runs.ToArray());
        Assert.Equal(2UL, inner.Commits);
        Assert.Equal(10_000, token.Allowance!.Debt().TotalSeconds, 3);
    }

    private static AccessToken Of(string secret, TokenScope scopes) =>
        new("name-" + secret, scopes, AccessPolicy.HashOf(secret), null, 0);

    private AccessPolicy Start(params AccessToken[] tokens) => Start(NullLogger.Instance, tokens);

    private AccessPolicy Start(ILogger log, params AccessToken[] tokens)
    {
        TokenFile.Write(_path, tokens);
        return new AccessPolicy(_path, _clock, log);
    }

    private void Replace(params AccessToken[] tokens)
    {
        TokenFile.Write(_path, tokens);
        Touch();
    }

    private void Touch()
    {
        _clock.Move(TimeSpan.FromSeconds(1));
        if (File.Exists(_path)) File.SetLastWriteTimeUtc(_path, _clock.GetUtcNow().UtcDateTime);
    }
}
