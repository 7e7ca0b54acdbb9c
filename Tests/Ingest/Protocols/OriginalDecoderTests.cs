using System;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Original;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols;

public class OriginalDecoderTests
{
    private readonly RecordingSink _sink = new();
    private readonly ProtocolCounters _counters = new();
    private readonly OriginalDecoder _decoder;

    public OriginalDecoderTests() => _decoder = new OriginalDecoder(new EventBatch(_sink, 128), _counters, producer: 3);

    [Theory]
    [InlineData("0100000000000000 0000000000404540 0300 0100 637075 0300 613D31", true)]
    [InlineData("0100000000000000 0000000000404540 0000 0000", true)]                   // no name, no tags
    [InlineData("0100000000000000 0000000000404540 0000 0200 0000 0000", true)]         // empty tags
    [InlineData("FFFFFFFFFFFFFF7F 010000000000F07F 0100 0000 FF", true)]                // NaN, a name that is no UTF-8
    [InlineData("", false)]
    [InlineData("01", false)]
    [InlineData("0100000000000000 0000000000404540 0300 01", false)]
    [InlineData("0100000000000000 0000000000404540 0000 0000 00", false)]               // one byte too many
    [InlineData("0100000000000000 0000000000404540 0400 0000 637075", false)]           // the name is cut
    [InlineData("0100000000000000 0000000000404540 0300 0200 637075 0300 613D31", false)] // a tag is missing
    [InlineData("0100000000000000 0000000000404540 0300 0100 637075 0300 613D", false)]
    [InlineData("0100000000000000 0000000000404540 0300 0100 637075 03", false)]
    [InlineData("0100000000000000 0000000000404540 FFFF FFFF 637075", false)]
    public void A_message_is_one_event_or_malformed(string hex, bool valid)
    {
        byte[] message = Convert.FromHexString(hex.Replace(" ", ""));
        Assert.Equal(message.Length, _decoder.Decode(message, final: true));
        _decoder.Flush();
        Assert.Equal(valid ? 1 : 0, _sink.Points.Count);
        Assert.Equal(valid ? 0 : 1, _counters.Malformed);
        Assert.Equal(1, _counters.Messages);
    }

    [Fact]
    public void A_message_is_not_looked_at_before_its_end()
    {
        byte[] message = Convert.FromHexString("0100000000000000" + "0000000000404540" + "00000000");
        Assert.Equal(0, _decoder.Decode(message, final: false));
        _decoder.Flush();
        Assert.Empty(_sink.Points);
    }

    [Fact]
    public void More_events_than_a_batch_holds_are_appended_in_order()
    {
        byte[] message = Convert.FromHexString("0000000000000000" + "0000000000404540" + "00000000");
        for (int i = 0; i < 300; i++)
        {
            BitConverter.TryWriteBytes(message, (long)i);
            _decoder.Decode(message, final: true);
        }
        Assert.Equal(256, _sink.Points.Count);
        _decoder.Flush();
        Assert.Equal(300, _sink.Points.Count);
        Assert.StartsWith("0 299=", _sink.Points[299]);
        Assert.Equal(300, _counters.Points);
    }

    [Fact]
    public void Refusals_are_counted_by_their_reason()
    {
        byte[] old = Convert.FromHexString("FFFFFFFFFFFFFFFF" + "0000000000404540" + "00000000");
        byte[] beyond = Convert.FromHexString("0100000000000000" + "0000000000404540" + "01000000" + "58");
        _decoder.Decode(old, final: true);
        _decoder.Decode(beyond, final: true);
        _decoder.Flush();
        Assert.Equal(1, _counters.Refused[(int)RefusalCode.TooOld]);
        Assert.Equal(1, _counters.Refused[(int)RefusalCode.SeriesLimit]);
        Assert.Equal(2, _counters.Points);
    }
}
