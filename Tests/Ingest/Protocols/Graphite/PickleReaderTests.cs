using System;
using System.Linq;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Graphite;
using Slungd.Native.Memory;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols.Graphite;

public sealed class PickleReaderTests : IDisposable
{
    /// <summary>Python 3.11's pickle.dumps of [('servers.a.load', (1700000000, 1.5)), ('servers.b.load',
    /// (1700000001.5, 2)), ('servers.a.load', (1700000002, -3.25)), ('x;t=v', (2**33, '4.5'))] in protocols 0, 1, 2
    /// and 5.</summary>
    internal static readonly string[] Samples =
    [
        "286C70300A2856736572766572732E612E6C6F61640A70310A2849313730303030303030300A46312E350A74"
        + "70320A7470330A612856736572766572732E622E6C6F61640A70340A2846313730303030303030312E350A49"
        + "320A7470350A7470360A612867310A2849313730303030303030320A462D332E32350A7470370A7470380A61"
        + "2856783B743D760A70390A284C383538393933343539324C0A56342E350A7031300A747031310A747031320A"
        + "612E",
        "5D71002828580E000000736572766572732E612E6C6F61647101284A00F15365473FF8000000000000747102"
        + "74710328580E000000736572766572732E622E6C6F61647104284741D954FC406000004B0274710574710628"
        + "6801284A02F1536547C00A000000000000747107747108285805000000783B743D767109284C383538393933"
        + "343539324C0A5803000000342E35710A74710B74710C652E",
        "80025D710028580E000000736572766572732E612E6C6F616471014A00F15365473FF8000000000000867102"
        + "867103580E000000736572766572732E622E6C6F616471044741D954FC406000004B0286710586710668014A"
        + "02F1536547C00A0000000000008671078671085805000000783B743D7671098A050000000002580300000034"
        + "2E35710A86710B86710C652E",
        "80059575000000000000005D94288C0E736572766572732E612E6C6F6164944A00F15365473FF80000000000"
        + "00869486948C0E736572766572732E622E6C6F6164944741D954FC406000004B028694869468014A02F15365"
        + "47C00A000000000000869486948C05783B743D76948A0500000000028C03342E359486948694652E",
    ];

    private readonly TextSink _sink = new();
    private readonly LineCache _cache = new(new ByteBudget(1 << 20), seed: 7);
    private readonly GraphiteDecoder _decoder;
    private readonly PickleReader _reader = new();

    public PickleReaderTests() => _decoder = new GraphiteDecoder(_sink, _cache, []);

    public void Dispose() => _cache.Dispose();

    private bool Read(byte[] message)
    {
        bool isRead = _reader.TryRead(message, _decoder, now: 77);
        _decoder.Rows.HandOver();
        return isRead;
    }

    [Fact]
    public void EveryProtocolIsRead()
    {
        foreach (string sample in Samples)
        {
            _sink.Points.Clear();
            Assert.True(Read(Convert.FromHexString(sample)));
            Assert.Equal(
            [
                "servers.a.load{} 1700000000000 1.5", "servers.b.load{} 1700000001500 2",
                "servers.a.load{} 1700000002000 -3.25", "x{t=v} 8589934592000 4.5",
            ], _sink.Points);
        }
        Assert.Equal(0, _decoder.Malformed);
    }

    [Theory]
    [InlineData("80025D71002855016171014A00F153654B078686652E", "a{} 1700000000000 7", 0)] // by Python 2
    [InlineData("80025D71002858010000006171014AFFFFFFFF4B0186710286710358010000006271044B018571058671064B"
        + "0558010000006371074B01580100000078710886710986710A580100000064710B4B024B0386710C86710D65"
        + "2E",
        "a{} 77 1|d{} 2000 3", 3)]
    [InlineData("80025D71002E", "", 0)]
    [InlineData("80025D71002858010000006171018A060000000000FF477FF800000000000086710286710358010000006271"
        + "044AFEFFFFFF473FE0000000000000867105867106652E",
        "b{} -2000 0.5", 0)]
    public void WhatIsNoPointIsPassedOver(string message, string expected, int malformed)
    {
        Assert.True(Read(Convert.FromHexString(message)));
        Assert.Equal(expected, string.Join('|', _sink.Points));
        Assert.Equal(malformed, _decoder.Malformed);
    }

    [Theory]
    [InlineData("80025D710063706F7369780A73797374656D0A71015804000000747275657102857103527104612E")] // os.system
    [InlineData("")]
    [InlineData("8002")]
    [InlineData("61652E")]         // nothing to append to
    [InlineData("5D652E")]         // no mark
    [InlineData("742E")]
    [InlineData("5D68052E")]       // remembers nothing
    [InlineData("58FFFFFFFF612E")] // a text beyond the end
    [InlineData("8AFF2E")]
    [InlineData("4E4E612E")]       // appends to no list
    public void WhatIsNoPickleOfPointsIsRefused(string message) => Assert.False(Read(Convert.FromHexString(message)));

    /// <summary>A text that is remembered costs a byte or two to say again, however long it is.</summary>
    [Fact]
    public void ALongTextIsNoNumber()
    {
        foreach ((int length, int points) in ((int, int)[])[(100, 1), (120, 0)])
        {
            string seconds = new string('0', length) + "1700000000";
            string pickle = $"(lp0\n(S'a'\n(S'{seconds}'\nI1\ntta.";
            _sink.Points.Clear();
            Assert.True(Read(Encoding.ASCII.GetBytes(pickle)));
            Assert.Equal(points, _sink.Points.Count);
        }
        Assert.Equal(1, _decoder.Malformed);
    }

    [Fact]
    public void AMessageRemembersNothingOfTheOneBefore()
    {
        Assert.True(Read([(byte)'N', (byte)'r', 0xff, 0xff, 0, 0, (byte)'.']));
        Assert.False(Read([(byte)'N', (byte)'r', 0xff, 0xff, 0, 0, (byte)'j', 0xfe, 0xff, 0, 0, (byte)'.']));
        Assert.False(Read([(byte)'j', 0xff, 0xff, 0, 0, (byte)'.']));
        Assert.True(Read([(byte)'N', (byte)'r', 2, 0, 0, 0, (byte)'h', 2, (byte)'.']));
    }

    [Fact]
    public void NothingGrowsWithTheMessage()
    {
        Assert.False(Read([.. Enumerable.Repeat((byte)'N', PickleReader.MaxMessageBytes)]));
        Assert.False(Read([.. Enumerable.Repeat((byte)'(', PickleReader.MaxMessageBytes)]));
        byte[] remembered = [(byte)']', .. Enumerable.Repeat((byte)0x94, PickleReader.MaxMessageBytes), (byte)'.'];
        Assert.True(Read(remembered));
    }
}
