using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Slungd.Ingest.Security;
using Xunit;

namespace Slungd.Tests.Ingest.Security;

public class TokenFileTests
{
    private static readonly string s_hash = new('a', 64);

    [Fact]
    public void AFileStaysAsOpenAsItWasAndWhereLinksLead()
    {
        if (OperatingSystem.IsWindows()) return;
        string folder = Directory.CreateTempSubdirectory("slungd-tokens-").FullName;
        try
        {
            string path = folder + "/real", link = folder + "/link";
            const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
            File.WriteAllText(path, "");
            File.SetUnixFileMode(path, Mode);
            File.CreateSymbolicLink(link, "real");
            TokenFile.Write(link, [new("a", TokenScope.Read, AccessPolicy.HashOf("one"), null, 0)]);
            Assert.Equal("real", new FileInfo(link).LinkTarget);
            Assert.Single(TokenFile.Read(path));
            Assert.Equal(Mode, File.GetUnixFileMode(path));
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    [Fact]
    public void ReadsWhatItWrites()
    {
        string path = Path.GetTempFileName();
        try
        {
            DateTimeOffset end = new(2030, 1, 31, 12, 0, 0, TimeSpan.Zero);
            AccessToken[] tokens =
            [
                new("grafana", TokenScope.Read, AccessPolicy.HashOf("one"), null, 0) { MaxSeries = 7 },
                new("ops.2", TokenScope.Write | TokenScope.Admin, AccessPolicy.HashOf("two"), end, 5_000),
            ];
            TokenFile.Write(path, tokens);
            List<AccessToken> read = TokenFile.Read(path);
            Assert.Equal(2, read.Count);
            for (int i = 0; i < 2; i++)
            {
                Assert.Equal(tokens[i].Hash, read[i].Hash);
                Assert.Equal(tokens[i], read[i] with { Hash = tokens[i].Hash });
            }
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            Assert.DoesNotContain("two", File.ReadAllText(path), StringComparison.Ordinal);
        }
        finally { File.Delete(path); }
    }

    [Fact]
    public async Task EditsAtOnceLoseNothing()
    {
        const int Editors = 4, Edits = 5;
        using EndToEnd.DataFolder data = new();
        string path = data.Path + "/tokens";
        Task[] editors = new Task[Editors];
        for (int i = 0; i < Editors; i++)
        {
            int own = i;
            editors[i] = Task.Factory.StartNew(() =>
            {
                for (int edit = 0; edit < Edits; edit++)
                    TokenFile.Edit(path, isNew: true, tokens => tokens.Add(
                        new("a", TokenScope.Read, AccessPolicy.HashOf($"{own} {edit}"), null, 0)));
            }, TaskCreationOptions.LongRunning);
        }
        await Task.WhenAll(editors);
        Assert.Equal(Editors * Edits, TokenFile.Read(path).Count);
        Assert.Single(Directory.GetFileSystemEntries(data.Path));
    }

    [Fact]
    public async Task OnlyRegularFilesAreRead()
    {
        if (!OperatingSystem.IsLinux()) return;
        using EndToEnd.DataFolder data = new();
        string pipe = data.Path + "/pipe";
        Assert.Equal(0, (await EndToEnd.Executable.Run("mkfifo", [pipe])).ExitCode);
        foreach (string path in (string[])[pipe, data.Path, "/dev/zero"])
        {
            foreach (Action read in (Action[])[() => TokenFile.Read(path),
                () => TokenFile.Edit(path, isNew: true, static _ => { })])
            {
                Assert.StartsWith($"{path}: expected a regular file", Assert.Throws<IOException>(read).Message,
                    StringComparison.Ordinal);
            }
        }
        Assert.Single(Directory.GetFileSystemEntries(data.Path));
        Assert.Empty(TokenFile.Read("/dev/null"));
    }

    [Theory]
    [InlineData("a read", "line 3: expected name scopes sha256:hash")]
    [InlineData("a,b read sha256:{0}", "line 3: expected a name")]
    [InlineData("a reed sha256:{0}", "line 3: expected scopes")]
    [InlineData("a read, sha256:{0}", "line 3: expected scopes")]
    [InlineData("a read sha256:{0}0", "line 3: expected sha256:")]
    [InlineData("a read sha256:x", "line 3: expected sha256:")]
    [InlineData("a read {0}", "line 3: expected sha256:")]
    [InlineData("a read sha256:{0} expires=soon", "line 3: expected expires=")]
    [InlineData("a read sha256:{0} expires=23:59", "line 3: expected expires=")]
    [InlineData("a read sha256:{0} expires=12/31/2026", "line 3: expected expires=")]
    [InlineData("a read sha256:{0} expires=2030-01-01T00:00:00Z expires=2040-01-01T00:00:00Z", "line 3: expected exp")]
    [InlineData("a read sha256:{0} series=1 points-per-second=1 series=1", "line 3: expected expires=")]
    [InlineData("a read sha256:{0} points-per-second=0", "line 3: expected expires=")]
    [InlineData("a read sha256:{0} series=0", "line 3: expected expires=")]
    [InlineData("a read sha256:{0} colour=red", "line 3: expected expires=")]
    public void MistakesAreNamedWithTheirLine(string line, string expected)
    {
        string text = "# comment\n\n" + line.Replace("{0}", s_hash, StringComparison.Ordinal) + "\n";
        Assert.StartsWith(expected, Assert.Throws<InvalidDataException>(() => TokenFile.Parse(text)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void WindowsEditorsAreUnderstoodAndDoubledHashesAreNot()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, $"\uFEFF# ours\r\na read sha256:{s_hash}\r\n\r\n");
            Assert.Equal("a", Assert.Single(TokenFile.Read(path)).Name);
            File.AppendAllText(path, $"b admin sha256:{s_hash.ToUpperInvariant()}\r\n");
            string said = Assert.Throws<InvalidDataException>(() => TokenFile.Read(path)).Message;
            Assert.Contains("line 4: expected each hash once", said, StringComparison.Ordinal);
        }
        finally { File.Delete(path); }
    }

    [Fact]
    public void ManyTokensAreTooMany()
    {
        static string Line(int i) => $"a read sha256:{i:x64}\n";
        string fits = string.Concat(Enumerable.Range(0, TokenFile.MaxTokens).Select(Line));
        Assert.Equal(TokenFile.MaxTokens, TokenFile.Parse(fits).Count);
        Assert.Throws<InvalidDataException>(() => TokenFile.Parse(fits + Line(-1)));
    }

    [Theory]
    [InlineData("Bearer abc", "abc")]
    [InlineData("bearer  abc ", "abc")]
    [InlineData("Token abc", "abc")]
    [InlineData("Token user:abc", "abc")]
    [InlineData("Basic dXNlcjphYmM=", "abc")] // user:abc
    [InlineData("Basic dXNlcg==", null)]      // no colon
    [InlineData("Basic !!", null)]
    [InlineData("Digest abc", null)]
    [InlineData("abc", null)]
    [InlineData("", null)]
    public void TokensInTheHeader(string header, string? token) =>
        Assert.Equal(token, ShownToken.FromAuthorization(header));

    [Theory]
    [InlineData("p=abc", "abc")]
    [InlineData("u=me&p=abc&p=other", "abc")]
    [InlineData("u=me&P=a%62c", "abc")]
    [InlineData("%70=a%2Bb+c%zz", "a+b c%zz")]
    [InlineData("p=", "")]
    [InlineData("q=p&pp=abc&&p", null)]
    [InlineData("", null)]
    public void TokensInTheQuery(string query, string? token) =>
        Assert.Equal(token, ShownToken.FromQuery(System.Text.Encoding.ASCII.GetBytes(query)));

    [Theory]
    [InlineData("slung.token.YWJj", "abc")]
    [InlineData("slung.token.", "")]
    [InlineData("slung.token.a+b/", null)]
    [InlineData("slung.v2", null)]
    [InlineData("", null)]
    public void TokensInASubprotocol(string protocol, string? token) =>
        Assert.Equal(token, ShownToken.FromSubprotocol(System.Text.Encoding.ASCII.GetBytes(protocol)));
}
