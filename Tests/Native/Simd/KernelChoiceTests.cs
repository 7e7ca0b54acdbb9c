using Slungd.Native.Simd;
using Xunit;

namespace Slungd.Tests.NativeSimd;

public class KernelChoiceTests
{
    [Fact]
    public void TheScalarReferenceIsAlwaysThere() => Assert.Equal("scalar", KernelChoice.Choose("Scalar", out _).Name);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void WithoutAWishTheWidestRuns(string? wanted)
    {
        KernelSet set = KernelChoice.Choose(wanted, out string? reason);
        Assert.Null(reason);
        foreach (string name in KernelChoice.Names)
        {
            if (KernelChoice.Find(name, out _) is not { } widest) continue;
            Assert.Equal(widest.Name, set.Name);
            break;
        }
    }

    [Fact]
    public void AnUnknownNameFallsBackWithAReason()
    {
        KernelSet set = KernelChoice.Choose("avx1024", out string? reason);
        Assert.Equal(
            $"SLUNGD_KERNEL: 'avx1024' is no kernel: expected scalar, 128, 256, 512 or advsimd; running '{set.Name}'",
            reason);
    }

    [Fact]
    public void EveryNameRunsOrSaysWhyNot()
    {
        foreach (string name in KernelChoice.Names)
        {
            KernelSet set = KernelChoice.Choose(name, out string? reason);
            if (set.Name == name) Assert.Null(reason);
            else Assert.Equal(
                $"SLUNGD_KERNEL: this CPU or this build has no '{name}' kernels; running '{set.Name}'", reason);
        }
    }

    [Fact]
    public void LowerBoundFindsTheFirstNotBelow()
    {
        long[] ascending = [2, 4, 6, 8, 10];
        for (long bound = 0; bound < 13; bound++)
        {
            int want = 0;
            while (want < ascending.Length && ascending[want] < bound) want++;
            Assert.Equal(want, Kernels.LowerBound(ascending, bound));
        }
        Assert.Equal(0, Kernels.LowerBound(default, 5));
    }
}
