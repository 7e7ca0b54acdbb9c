using System;
using System.Text;
using Slungd.Engine.Model;
using Xunit;

namespace Slungd.Tests.Ingest.Net;

public class OriginalProtocolTests
{
    private const string WorkedBytes =
        "01 00 00 00 00 00 00 00 00 00 00 00 00 40 45 40 03 00 01 00 63 70 75 03 00 61 3d 31";

    [Fact]
    public void The_worked_bytes_of_the_design_are_a_point()
    {
        using var fixture = new ServerFixture();
        using RawClient client = fixture.Open();
        client.SendBinary(Convert.FromHexString(WorkedBytes.Replace(" ", "")));
        client.SendFrame(8, [3, 0xE8]);
        Assert.Equal(1000, client.ReadClose()); // and no other frame came: nothing is ever replied
        Assert.Equal([(1L, 42.5)], fixture.PointsOf("cpu", "a=1"));
        Assert.Equal(1UL, fixture.Sink.LastProducer);
    }
}
