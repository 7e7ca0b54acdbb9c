using System.IO;
using Slungd.Ingest.Security;
using Xunit;

namespace Slungd.Tests.Ingest.Security;

public sealed class SecretFileTests
{
    /// <summary>As `cp -p` and `mv`, or a tool that keeps times, put one there.</summary>
    [Fact]
    public void AFileInItsPlaceIsAnotherHoweverLongAndOld()
    {
        string folder = Directory.CreateTempSubdirectory("slungd-secret-").FullName;
        try
        {
            string path = folder + "/tokens", other = folder + "/other";
            File.WriteAllText(path, "admin");
            File.WriteAllText(other, "read ");
            File.SetLastWriteTimeUtc(other, File.GetLastWriteTimeUtc(path));
            SecretFile before = SecretFile.At(path);
            Assert.Equal(before, SecretFile.At(path));
            File.Move(other, path, overwrite: true);
            SecretFile after = SecretFile.At(path);
            Assert.Equal((before.Length, before.Written), (after.Length, after.Written));
            Assert.NotEqual(before, after);
            Assert.Equal(-1, SecretFile.At(other).Length);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }
}
