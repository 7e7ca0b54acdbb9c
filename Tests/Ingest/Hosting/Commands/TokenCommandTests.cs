using System.IO;
using Slungd.Ingest.Hosting.Commands;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Commands;

public sealed class TokenCommandTests
{
    [Theory]
    [InlineData("0s", 2)]
    [InlineData("2020-01-01T00:00:00Z", 2)]
    [InlineData("2020-01-01", 2)]
    [InlineData("soon", 2)]
    [InlineData("1h", 0)]
    [InlineData("9000000000w", 0)]
    [InlineData("2999-12-31T00:00:00Z", 0)]
    public void ATokenIsMadeForATimeThatIsYetToCome(string expires, int exitCode)
    {
        string folder = Directory.CreateTempSubdirectory("slungd-token-").FullName;
        try
        {
            string file = Path.Combine(folder, "tokens");
            string[] words = ["create", "a", "--expires", expires, "--tokens", file];
            Assert.Equal(exitCode, TokenCommand.Create().Parse(words).Invoke());
            Assert.Equal(exitCode == 0, File.Exists(file));
        }
        finally { Directory.Delete(folder, true); }
    }
}
