using System;
using System.Buffers.Text;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using Slungd.Engine.Query;
using Slungd.Ingest.Hosting.Options;
using Slungd.Ingest.Security;
using Slungd.Native.Os;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>`slungd token create|list|revoke`: keeps the file of --tokens, which a running daemon reads again by
/// itself.</summary>
internal static class TokenCommand
{
    public static Command Create()
    {
        OptionSpec spec = OptionTable.Find("tokens")!;
        Option<string> file = CheckedOption.Path(spec.CommandLineName, $"The token file [{spec.EnvironmentName}]");
        file.Recursive = true;
        return new Command("token", "Tokens that clients must show (--tokens).")
        {
            file, CreateOne(file), List(file), Revoke(file),
        };
    }

    private static Command CreateOne(Option<string> file)
    {
        Argument<string> name = new("NAME") { Description = "Whose it is; several tokens may share a name." };
        Option<string> scope = new("--scope")
        {
            Description = "What it may do: read, write, admin (which includes both), with commas between.",
            HelpName = "SCOPES", DefaultValueFactory = static _ => "read,write",
        };
        Option<string> expires = new("--expires")
        {
            Description = "How long it is good: a duration such as 90d, or a time in RFC 3339.", HelpName = "WHEN",
        };
        Option<long> rate = CheckedOption.Number("--points-per-second", "How fast it may write.");
        Option<long> series = CheckedOption.Number("--series", "How many series it may create.");
        Command command = new("create", "Make a token, add its hash to the file, print it once.")
        {
            name, scope, expires, rate, series,
        };
        command.SetAction(result => Edit(result.GetValue(file), isNew: true, tokens =>
        {
            string secret = AccessToken.Prefix + Base64Url.EncodeToString(SystemRandom.Bytes(32));
            string text = result.GetValue(name)!;
            if (!TokenFile.IsName(text))
                throw new FormatException("NAME: expected letters, digits, '-', '_' and '.', at most 64");
            TokenScope scopes = TokenFile.ParseScopes(result.GetValue(scope)!);
            if (scopes == TokenScope.None)
                throw new FormatException("--scope: expected read, write or admin, with commas between");
            tokens.Add(new AccessToken(text, scopes, AccessPolicy.HashOf(secret), EndOf(result.GetValue(expires)),
                result.GetValue(rate)) { MaxSeries = result.GetValue(series) });
            return secret;
        }));
        return command;
    }

    private static Command List(Option<string> file)
    {
        Command command = new("list", "The tokens of the file.");
        command.SetAction(result => Run(result.GetValue(file), path =>
        {
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            foreach (AccessToken token in TokenFile.Read(path))
            {
                string end = token.Expires is not { } at ? "" : (token.IsExpired(now) ? " expired " : " expires ")
                    + at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
                string rate = token.PointsPerSecond == 0 ? "" : $" points-per-second={token.PointsPerSecond}";
                if (token.MaxSeries > 0) rate += $" series={token.MaxSeries}";
                Console.Out.WriteLine($"{token.Id} {token.Name} {TokenFile.FormatScopes(token.Scopes)}{end}{rate}");
            }
        }));
        return command;
    }

    private static Command Revoke(Option<string> file)
    {
        Argument<string> name = new("NAME|ID") { Description = "All tokens of this name, or the one of this id." };
        Command command = new("revoke", "Take tokens out of the file: a running daemon forgets them in a second.")
        {
            name,
        };
        command.SetAction(result => Edit(result.GetValue(file), isNew: false, tokens =>
        {
            string given = result.GetValue(name)!;
            int removed = tokens.RemoveAll(token => token.Name == given || token.Id == given);
            return removed > 0 ? $"{removed} revoked" : throw new InvalidDataException($"there is no token {given}");
        }));
        return command;
    }

    private static int Edit(string? given, bool isNew, Func<List<AccessToken>, string> edit) => Run(given, path =>
    {
        string said = "";
        TokenFile.Edit(path, isNew, tokens => said = edit(tokens));
        Console.Out.WriteLine(said);
    });

    /// <param name="given">What the command line says of the file.</param>
    /// <param name="act">Gets the file's path; throws <see cref="FormatException"/> for a value that does not fit.
    /// </param>
    private static int Run(string? given, Action<string> act)
    {
        OptionValue? told = OptionReader.Find("tokens", given);
        if (told?.Texts[0] is not { Length: > 0 } path)
        {
            Console.Error.WriteLine("slungd: expected --tokens FILE, or SLUNGD_TOKENS, or \"tokens\" in slungd.json");
            return ExitCode.WrongUsage;
        }
        if (PathText.Expected(path) is { } expected)
        {
            Console.Error.WriteLine("slungd: " + OptionChecks.Mistake(told.Value.Where, expected, path));
            return ExitCode.WrongUsage;
        }
        try
        {
            act(path);
            return ExitCode.Done;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"slungd: {e.Message}");
            return ExitCode.Failed;
        }
        catch (FormatException e)
        {
            Console.Error.WriteLine($"slungd: {e.Message}");
            return ExitCode.WrongUsage;
        }
    }

    private static DateTimeOffset? EndOf(string? text)
    {
        if (text is null) return null;
        if (DurationText.TryParse(text, out Int128 nanoseconds, out _))
        {
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            Int128 left = (DateTimeOffset.MaxValue - now).Ticks;
            if (nanoseconds < 100) throw new FormatException("--expires: expected a duration above 0");
            return nanoseconds / 100 >= left ? null : now.AddTicks((long)(nanoseconds / 100));
        }
        if (!TokenFile.TryParseTime(text, out DateTimeOffset? end))
            throw new FormatException("--expires: expected a duration such as 90d, or a time in RFC 3339, such as "
                + "2027-01-31T00:00:00Z");
        return end > TimeProvider.System.GetUtcNow() ? end
            : throw new FormatException($"--expires: expected a time that is yet to come, {end:u} is over");
    }
}
