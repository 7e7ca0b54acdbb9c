using System;
using System.IO;
using System.Linq;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Native.Os;

public sealed class StartupPagesTests
{
    /// <summary>Under `dotnet test` the executable is the small host; what the daemon keeps is measured end to end.
    /// Here it must do no harm, also twice.</summary>
    [Fact]
    public void GivesBackOnlyWhatTheFileHolds()
    {
        if (!OperatingSystem.IsLinux()) return;
        long anonymous = Kilobytes("Anonymous:");
        for (int i = 0; i < 2; i++)
        {
            StartupPages.Release();
            Assert.True(Kilobytes("Rss:") <= Kilobytes("Size:"));
            Assert.Equal(anonymous, Kilobytes("Anonymous:"));
        }
    }

    /// <summary>The sum of a figure over the read-only mappings of the executable.</summary>
    private static long Kilobytes(string figure)
    {
        long sum = 0;
        bool ours = false;
        foreach (string line in File.ReadAllLines("/proc/self/smaps"))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words[0].Contains('-')) ours = words[1] is "r--p" or "r-xp" && words.Last() == Environment.ProcessPath;
            else if (ours && words[0] == figure) sum += long.Parse(words[1]);
        }
        return sum;
    }
}
