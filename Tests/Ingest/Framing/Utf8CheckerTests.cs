using System;
using System.Text;
using Slungd.Ingest.Framing;
using Xunit;

namespace Slungd.Tests.Ingest.Framing;

public class Utf8CheckerTests
{
    // Autobahn sections 6.5 to 6.23 in short: first/last of each length, boundaries, surrogates, overlong, lonely
    // bytes.
    [Theory]
    [InlineData("", true)]
    [InlineData("7f", true)]
    [InlineData("c280", true)]
    [InlineData("dfbf", true)]
    [InlineData("e0a080", true)]
    [InlineData("ed9fbf", true)]
    [InlineData("ee8080", true)]
    [InlineData("efbfbf", true)]
    [InlineData("f0908080", true)]
    [InlineData("f48fbfbf", true)]
    [InlineData("cebae1bdb9cf83cebcceb5", true)]
    [InlineData("80", false)]
    [InlineData("bf", false)]
    [InlineData("c0af", false)]
    [InlineData("c1bf", false)]
    [InlineData("e080af", false)]
    [InlineData("e09fbf", false)]
    [InlineData("eda080", false)]
    [InlineData("edbfbf", false)]
    [InlineData("f08080af", false)]
    [InlineData("f08fbfbf", false)]
    [InlineData("f4908080", false)]
    [InlineData("f8888080", false)]
    [InlineData("fe", false)]
    [InlineData("ff", false)]
    [InlineData("c3", false)]
    [InlineData("e0a0", false)]
    [InlineData("f09080", false)]
    [InlineData("cebae1bdb9cf83cebcceb5eda080656469746564", false)]
    [InlineData("41e282", false)]
    [InlineData("c320", false)]
    public void Judges_as_a_whole_and_in_every_cut(string hex, bool valid)
    {
        byte[] text = Convert.FromHexString(hex);
        for (int first = 0; first <= text.Length; first++)
        {
            for (int second = first; second <= text.Length; second++)
            {
                var checker = new Utf8Checker();
                bool ok = checker.Add(text.AsSpan(0, first)) && checker.Add(text.AsSpan(first, second - first))
                    && checker.Add(text.AsSpan(second)) && checker.IsComplete;
                Assert.Equal(valid, ok);
            }
        }
    }

    [Theory]
    [InlineData("f490", 1)] // beyond U+10FFFF is known at the second byte
    [InlineData("eda0", 1)]
    [InlineData("c0", 0)]
    [InlineData("61ff", 1)]
    public void Fails_at_the_first_byte_that_cannot_be_right(string hex, int at)
    {
        byte[] text = Convert.FromHexString(hex);
        var checker = new Utf8Checker();
        for (int i = 0; i < at; i++) Assert.True(checker.Add(text.AsSpan(i, 1)));
        Assert.False(checker.Add(text.AsSpan(at, 1)));
    }

    [Fact]
    public void Random_bytes_are_judged_like_the_framework_does()
    {
        var random = new Random(3);
        byte[] bytes = new byte[12];
        for (int round = 0; round < 20_000; round++)
        {
            for (int i = 0; i < bytes.Length; i++)
                bytes[i] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)(0x80 | random.Next(64));
            if (round % 2 == 0) Encoding.UTF8.GetBytes("aé€\U0001F600b").AsSpan(0, random.Next(11)).CopyTo(bytes);
            bool want = System.Text.Unicode.Utf8.IsValid(bytes);
            int cut = random.Next(bytes.Length + 1);
            var checker = new Utf8Checker();
            bool got = checker.Add(bytes.AsSpan(0, cut)) && checker.Add(bytes.AsSpan(cut)) && checker.IsComplete;
            Assert.Equal(want, got);
        }
    }
}
