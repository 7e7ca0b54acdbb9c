using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Ingest.Hosting.Options;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Options;

public sealed class OptionTextTests
{
    [Fact]
    public void TheSizeOfPagesIsThatOfFlushes()
    {
        Assert.Equal(4, TimeSeriesStore.PagesPerPage);
        Assert.Contains("a flush writes; compaction makes pages of four times", OptionTable.Find("page-size")!.Help);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1048576", 1048576)]
    [InlineData("7B", 7)]
    [InlineData("512K", 512L << 10)]
    [InlineData("512kb", 512L << 10)]
    [InlineData("64MiB", 64L << 20)]
    [InlineData("64 MB", 64L << 20)]
    [InlineData("2G", 2L << 30)]
    [InlineData("1.5GiB", 3L << 29)]
    [InlineData("1T", 1L << 40)]
    public void Sizes(string text, long bytes)
    {
        Assert.True(SizeText.TryParse(text, out long got));
        Assert.Equal(bytes, got);
    }

    [Theory]
    [InlineData("")]
    [InlineData("M")]
    [InlineData("-1M")]
    [InlineData("1.5")]
    [InlineData("1.2.3M")]
    [InlineData("1MM")]
    [InlineData("1 MBB")]
    [InlineData("8388608T")]
    [InlineData("99999999999999999999")]
    [InlineData("1e3")]
    public void NoSizes(string text) => Assert.False(SizeText.TryParse(text, out _));

    [Fact]
    public void AnySizeIsReadBack() => Prop.ForAll<uint>(static value =>
        SizeText.TryParse($"{value}K", out long bytes) && bytes == value * 1024L).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("127.0.0.1:2077", "127.0.0.1:2077")]
    [InlineData("0.0.0.0:0", "0.0.0.0:0")]
    [InlineData("[::1]:2077", "[::1]:2077")]
    [InlineData("[::]:65535", "[::]:65535")]
    [InlineData("localhost:80", "127.0.0.1:80")]
    public void Addresses(string text, string expected)
    {
        Assert.Null(ListenAddress.TryParse(text, out IPEndPoint? address));
        Assert.Equal(expected, address!.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(":2077")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("::1:2077")]
    [InlineData("[127.0.0.1]:2077")]
    [InlineData("[nonsense]:2077")]
    [InlineData("1:2077")]
    [InlineData("off")]
    public void NoAddresses(string text) =>
        Assert.StartsWith("an address such as", ListenAddress.TryParse(text, out _));

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.8.9.1", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::", false)]
    [InlineData("10.0.0.1", false)]
    public void Loopback(string ip, bool expected) =>
        Assert.Equal(expected, ListenAddress.IsLoopback(new IPEndPoint(IPAddress.Parse(ip), 1)));
}
