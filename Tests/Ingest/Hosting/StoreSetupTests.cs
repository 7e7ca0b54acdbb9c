using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Ingest.Hosting;
using Slungd.Ingest.Hosting.Options;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting;

public class StoreSetupTests
{
    [Theory]
    [InlineData(1L << 20, 256L << 10)]
    [InlineData(4L << 20, 1L << 20)]
    [InlineData(100L << 20, 25L << 20)]
    [InlineData(1L << 30, 64L << 20)]
    [InlineData(long.MaxValue, 64L << 20)]
    public void TheReservedFilesOfTheLogFitIntoItsLimit(long limit, long fileBytes)
    {
        var options = new ServeOptions { WalSizeLimit = limit };
        StoreOptions store = StoreSetup.For(options, MemoryLimits.Split(1L << 30, "test"), new Limits());
        Assert.Equal((limit, fileBytes), (store.LogSizeLimit, store.LogFileBytes));
    }
}
