using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Xunit;

namespace Slungd.Tests.EngineCodecs;

/// <summary>The worked examples of docs/formats/pages.md: what was written must be readable for ever.</summary>
public class PageExamplesTests
{
    /// <summary>The lines `bytes = items` of the code blocks of one kind.</summary>
    private static IEnumerable<(byte[] Page, string[] Items)> Examples(string kind)
    {
        bool inside = false;
        foreach (string line in File.ReadLines(Path.Combine(FindRoot(), "docs", "formats", "pages.md")))
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) inside = line == "```" + kind;
            else if (inside)
            {
                string[] sides = line.Split(" = ");
                yield return (Convert.FromHexString(sides[0].Replace(" ", "")), sides[1].Split(", "));
            }
        }
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "slungd.csproj"))) folder = folder.Parent!;
        return folder.FullName;
    }

    [Fact]
    public void EveryExampleHoldsWhatThePageSays()
    {
        var seen = new HashSet<PageEncoding>();
        foreach ((byte[] page, string[] items) in Examples("timestamps"))
        {
            seen.Add((PageEncoding)page[0]);
            var got = new long[items.Length];
            Assert.True(TimestampCodec.TryDecode(page, got), $"{(PageEncoding)page[0]}");
            Assert.Equal(Array.ConvertAll(items, item => long.Parse(item, CultureInfo.InvariantCulture)), got);
        }
        foreach ((byte[] page, string[] items) in Examples("values"))
        {
            seen.Add((PageEncoding)page[0]);
            var got = new ulong[items.Length];
            Assert.True(ValueCodec.TryDecode(page, got), $"{(PageEncoding)page[0]}");
            Assert.Equal(Array.ConvertAll(items, item => Convert.ToUInt64(item, 16)), got);
        }
        foreach ((byte[] page, string[] items) in Examples("payloads"))
        {
            seen.Add((PageEncoding)page[0]);
            Assert.True(BytesCodec.TryGetSizes(page, out int payloadLength, out int scratchLength));
            var references = new ulong[items.Length];
            var payload = new byte[payloadLength];
            Assert.True(BytesCodec.TryDecode(page, references, payload, new byte[scratchLength]));
            for (int i = 0; i < items.Length; i++)
            {
                PayloadRef at = PayloadRef.FromBits(references[i]);
                Assert.Equal(items[i], Convert.ToHexStringLower(payload, (int)at.Offset, (int)at.Length));
            }
        }
        seen.Add(PageEncoding.PayloadBrotli); // Brotli's own bytes are not ours to fix
        Assert.Equal(Enum.GetValues<PageEncoding>().Length, seen.Count);
    }
}
