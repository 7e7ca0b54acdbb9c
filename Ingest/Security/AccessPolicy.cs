using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using Microsoft.Extensions.Logging;
using Slungd.Engine.Model;
using Slungd.Ingest.Hosting.Metrics;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Security;

/// <summary>Who may do what, by the tokens of a file that is read again when it changes: a rotation needs no restart,
/// and old and new tokens may overlap. A file that can't be read or understood leaves the tokens before it in force.
/// Any thread.</summary>
internal sealed class AccessPolicy
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Lock _reading = new();
    private volatile AccessToken[] _tokens = [];
    private SecretFile _stamp;
    private string? _trouble;
    private bool _isEmpty; // at the last look
    private long _lookedAt;
    private long _denied;

    /// <exception cref="InvalidDataException">The file is not understood.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public AccessPolicy(string path, TimeProvider clock, ILogger log)
    {
        _path = path;
        _clock = clock;
        _log = log;
        _lookedAt = clock.GetTimestamp();
        _stamp = SecretFile.At(path);
        Take(TokenFile.Read(path));
        SecretFile.WarnOfOthers(path, log);
        if (_tokens.Length == 0) Log.NoTokens(log, path);
    }

    /// <summary>What a 401 says in a header (RFC 6750, section 3).</summary>
    public const string Challenge = "Bearer realm=\"slungd\"";

    public const string ChallengeField = "WWW-Authenticate: " + Challenge + "\r\n";

    public void WriteMetrics(PrometheusText text)
    {
        text.Counter("slungd_denied_total", "Requests and connections without the right token.",
            Volatile.Read(ref _denied));
        text.Gauge("slungd_tokens", "Tokens in force, expired ones included.", _tokens.Length);
    }

    /// <summary>May whoever shows this do that?</summary>
    /// <param name="secret">The token's text; null or empty: none was shown.</param>
    /// <param name="needed">One scope.</param>
    /// <param name="token">The token, when it is one.</param>
    public AccessVerdict Check(string? secret, TokenScope needed, out AccessToken? token)
    {
        token = string.IsNullOrEmpty(secret) ? null : Find(secret);
        AccessVerdict verdict = token is null ? AccessVerdict.Unknown
            : token.May(needed) ? AccessVerdict.Allowed
            : AccessVerdict.Forbidden;
        if (verdict != AccessVerdict.Allowed) Interlocked.Increment(ref _denied);
        return verdict;
    }

    /// <summary>A token that was in force as it is now, with what its line in the file says now of its end, rate and
    /// series; null when it is not in force any more, or with other scopes. Asked about connections that live on.
    /// </summary>
    public AccessToken? Current(AccessToken token)
    {
        Refresh();
        foreach (AccessToken known in _tokens)
            if (known.Hash.AsSpan().SequenceEqual(token.Hash) && known.Scopes == token.Scopes)
                return known.IsExpired(_clock.GetUtcNow()) ? null : known;
        return null;
    }

    /// <summary>For the client that is turned away.</summary>
    public static string Explain(AccessVerdict verdict, TokenScope needed)
    {
        string scopes = TokenFile.FormatScopes(needed).Replace(",", " or ", StringComparison.Ordinal);
        return verdict == AccessVerdict.Unknown
            ? "expected a valid token, as Authorization: Bearer TOKEN (docs/security.md)"
            : $"expected a token with the scope {scopes}";
    }

    public static byte[] HashOf(string secret)
    {
        byte[] hash = new byte[Sha256.HashLength];
        Sha256.Hash(Encoding.UTF8.GetBytes(secret), hash);
        return hash;
    }

    /// <summary>Looks at every token, so that the time tells nothing about which one nearly fits.</summary>
    private AccessToken? Find(string secret)
    {
        Refresh();
        byte[] hash = HashOf(secret);
        DateTimeOffset now = _clock.GetUtcNow();
        AccessToken? found = null;
        foreach (AccessToken token in _tokens)
            if (CryptographicOperations.FixedTimeEquals(hash, token.Hash) && !token.IsExpired(now)) found = token;
        return found;
    }

    /// <summary>Looks at the file about once a second.</summary>
    private void Refresh()
    {
        if (_clock.GetElapsedTime(Volatile.Read(ref _lookedAt)) < s_look || !_reading.TryEnter()) return;
        try
        {
            Volatile.Write(ref _lookedAt, _clock.GetTimestamp());
            SecretFile stamp = SecretFile.At(_path);
            if (stamp == _stamp) return;
            bool wasEmpty = _isEmpty;
            _isEmpty = stamp.Length == 0;
            if (_isEmpty && !wasEmpty) return; // most likely about to be written: cut off first, as editors do
            Take(TokenFile.Read(_path));
            _stamp = stamp; // not before: what could not be read is tried again
            _trouble = null;
            if (_tokens.Length == 0) Log.NoTokens(_log, _path);
            else Log.TokensRead(_log, _tokens.Length, _path);
            SecretFile.WarnOfOthers(_path, _log);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            if (_trouble != e.Message) Log.TokensNotRead(_log, e.Message);
            _trouble = e.Message;
        }
        finally { _reading.Exit(); }
    }

    private void Take(List<AccessToken> read)
    {
        AccessToken[] before = _tokens, tokens = new AccessToken[read.Count];
        for (int i = 0; i < tokens.Length; i++)
        {
            AccessToken token = read[i];
            AccessToken? old = Array.Find(before, known => known.Hash.AsSpan().SequenceEqual(token.Hash));
            PointAllowance? allowance = old?.Allowance;
            if (token.PointsPerSecond == 0) allowance = null;
            else if (allowance?.PointsPerSecond != token.PointsPerSecond)
                allowance = new PointAllowance(token.PointsPerSecond, _clock);
            SeriesAllowance? series = token.MaxSeries == 0 ? null
                : old?.MaxSeries == token.MaxSeries ? old.Series
                : new SeriesAllowance(token.MaxSeries, old?.Series?.Created ?? 0);
            tokens[i] = token with { Allowance = allowance, Series = series };
        }
        _tokens = tokens;
    }
}
