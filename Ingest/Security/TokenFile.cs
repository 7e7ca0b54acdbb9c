using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using Slungd.Engine.Query;
using Slungd.Native.Os;

namespace Slungd.Ingest.Security;

/// <summary>The token file (docs/security.md): a line a token, `#` begins a comment.
/// <code>name scope[,scope] sha256:hex [expires=2027-01-31T00:00:00Z] [points-per-second=N] [series=N]</code></summary>
internal static class TokenFile
{
    public const int MaxTokens = 1_000;

    private const int MaxBytes = 1 << 20;
    private const int HashBytes = 32;
    private const string Header = "# Tokens of slungd; see `slungd token --help`. Only hashes stand here.\n";

    /// <summary>Reads a file whole.</summary>
    /// <exception cref="InvalidDataException">A line is not understood: which, and what was expected.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static List<AccessToken> Read(string path)
    {
        SecretFile.RequireRegular(path);
        using FileStream file = File.OpenRead(path);
        if (file.Length > MaxBytes) throw new InvalidDataException($"{path}: expected at most {MaxBytes >> 20} MiB");
        using StreamReader reader = new(file, new UTF8Encoding(false, throwOnInvalidBytes: true));
        try { return Parse(reader.ReadToEnd()); }
        catch (DecoderFallbackException) { throw new InvalidDataException($"{path}: expected UTF-8"); }
        catch (InvalidDataException e) { throw new InvalidDataException($"{path}: {e.Message}"); }
    }

    /// <inheritdoc cref="Read"/>
    public static List<AccessToken> Parse(string text)
    {
        List<AccessToken> tokens = [];
        int number = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            number++;
            ReadOnlySpan<char> content = line.Trim();
            if (content.IsEmpty || content[0] == '#') continue;
            if (!TryParseLine(content.ToString(), out AccessToken? token, out string expected))
                throw new InvalidDataException($"line {number}: expected {expected}");
            if (tokens.Exists(known => known.Hash.AsSpan().SequenceEqual(token!.Hash)))
                throw new InvalidDataException($"line {number}: expected each hash once: which line holds?");
            tokens.Add(token!);
            if (tokens.Count > MaxTokens)
                throw new InvalidDataException($"line {number}: expected at most {MaxTokens} tokens");
        }
        return tokens;
    }

    /// <summary>Reads a file, lets somebody change its tokens, and replaces it, while nobody else does.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isNew">It need not be there.</param>
    /// <param name="edit">Gets the tokens.</param>
    /// <inheritdoc cref="Read"/>
    public static void Edit(string path, bool isNew, Action<List<AccessToken>> edit)
    {
        path = Target(path);
        using FolderLock held = FolderLock.Take(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/");
        List<AccessToken> tokens = isNew && !Path.Exists(path) ? [] : Read(path);
        edit(tokens);
        if (tokens.Count > MaxTokens) throw new InvalidDataException($"{path}: expected at most {MaxTokens} tokens");
        Write(path, tokens);
    }

    /// <summary>Replaces a file as a whole. A new one can be read by its owner alone; one that was there stays whose it
    /// was, and as open as it was: the daemon that reads it may not be who writes it.</summary>
    public static void Write(string path, IEnumerable<AccessToken> tokens)
    {
        StringBuilder text = new(Header);
        foreach (AccessToken token in tokens) text.Append(Format(token)).Append('\n');
        path = Target(path);
        string temporary = $"{path}.{SystemRandom.NextUInt64():x16}.new";
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        FileStream file = new(temporary, options);
        try
        {
            using (file)
            {
                file.Write(Encoding.UTF8.GetBytes(text.ToString()));
                file.Flush(flushToDisk: true);
            }
            if (File.Exists(path) && !OperatingSystem.IsWindows())
            {
                FileOwner.Copy(path, temporary);
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(path));
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>What a path leads to, which is what is replaced.</summary>
    private static string Target(string path) =>
        File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : path;

    /// <summary>Names go into logs and metrics: letters, digits, `-`, `_`, `.`; at most 64.</summary>
    public static bool IsName(ReadOnlySpan<char> name)
    {
        foreach (char c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')) return false;
        return name.Length is > 0 and <= 64;
    }

    /// <summary>`read,write`; None when it is not that.</summary>
    public static TokenScope ParseScopes(string text)
    {
        TokenScope scopes = TokenScope.None;
        foreach (string word in text.Split(','))
        {
            TokenScope scope = word switch
            {
                "read" => TokenScope.Read,
                "write" => TokenScope.Write,
                "admin" => TokenScope.Admin,
                _ => TokenScope.None,
            };
            if (scope == TokenScope.None) return TokenScope.None;
            scopes |= scope;
        }
        return scopes;
    }

    public static string FormatScopes(TokenScope scopes)
    {
        List<string> words = [];
        if ((scopes & TokenScope.Read) != 0) words.Add("read");
        if ((scopes & TokenScope.Write) != 0) words.Add("write");
        if ((scopes & TokenScope.Admin) != 0) words.Add("admin");
        return string.Join(',', words);
    }

    private static string Format(AccessToken token)
    {
        string line = $"{token.Name} {FormatScopes(token.Scopes)} sha256:{Convert.ToHexStringLower(token.Hash)}";
        if (token.Expires is { } end)
            line += " expires=" + end.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        if (token.PointsPerSecond > 0)
            line += " points-per-second=" + token.PointsPerSecond.ToString(CultureInfo.InvariantCulture);
        if (token.MaxSeries > 0) line += " series=" + token.MaxSeries.ToString(CultureInfo.InvariantCulture);
        return line;
    }

    private static bool TryParseLine(string line, out AccessToken? token, out string expected)
    {
        token = null;
        string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        expected = "name scopes sha256:hash";
        if (words.Length < 3) return false;
        expected = "a name of letters, digits, '-', '_' and '.', at most 64";
        if (!IsName(words[0])) return false;
        expected = "scopes: read, write or admin, with commas between";
        TokenScope scopes = ParseScopes(words[1]);
        if (scopes == TokenScope.None) return false;
        expected = "sha256: and 64 hexadecimal digits";
        byte[] hash = new byte[HashBytes];
        bool isHash = words[2].StartsWith("sha256:", StringComparison.Ordinal)
            && words[2].Length == "sha256:".Length + 2 * HashBytes
            && Convert.FromHexString(words[2].AsSpan("sha256:".Length), hash, out _, out _)
                == System.Buffers.OperationStatus.Done;
        if (!isHash) return false;
        DateTimeOffset? expires = null;
        long rate = 0, series = 0;
        foreach (string word in words.AsSpan(3))
        {
            expected = "expires=TIME (RFC 3339), points-per-second=N or series=N, each once";
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            ReadOnlySpan<char> value = word.AsSpan(equals + 1);
            bool isRead = word[..(equals + 1)] switch
            {
                "expires=" => expires is null && TryParseTime(value, out expires),
                "points-per-second=" => rate == 0 && TryParseCount(value, out rate),
                "series=" => series == 0 && TryParseCount(value, out series),
                _ => false,
            };
            if (!isRead) return false;
        }
        token = new AccessToken(words[0], scopes, hash, expires, rate) { MaxSeries = series };
        return true;
    }

    /// <summary>A time in RFC 3339.</summary>
    public static bool TryParseTime(ReadOnlySpan<char> text, out DateTimeOffset? time)
    {
        bool isTime = Rfc3339.TryParse(text, out Int128 nanoseconds);
        Int128 ticks = nanoseconds / 100 + DateTime.UnixEpoch.Ticks; // before the year 1: over in any case
        time = isTime ? new DateTimeOffset((long)Int128.Max(ticks, 0), TimeSpan.Zero) : null;
        return isTime;
    }

    private static bool TryParseCount(ReadOnlySpan<char> text, out long count) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0;
}
