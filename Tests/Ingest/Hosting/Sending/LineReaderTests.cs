using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Ingest.Hosting.Sending;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Sending;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("a", new[] { "a" })]
    [InlineData("a\n", new[] { "a" })]
    [InlineData("a\r\n\r\nb\n\nc", new[] { "a", "", "b", "", "c" })]
    [InlineData("\uFEFFa\n\uFEFFb", new[] { "a", "\uFEFFb" })]
    public void Lines(string text, string[] expected)
    {
        foreach (int chunk in (int[])[1, 2, 1000]) Assert.Equal(expected, Read(Encoding.UTF8.GetBytes(text), chunk));
    }

    [Fact]
    public void ALineThatIsTooLongIsSkippedAlone()
    {
        string tooLong = new('x', LineReader.MaxLineBytes + 100_000), longest = new('y', LineReader.MaxLineBytes);
        string text = $"a\n{tooLong}\nb\n{longest}";
        List<string> lines = Read(Encoding.UTF8.GetBytes(text), 4096);
        Assert.Equal(4, lines.Count);
        Assert.Equal(["a", "<too long>", "b"], lines[..3]);
        Assert.Equal(LineReader.MaxLineBytes, lines[3].Length);
    }

    [Fact]
    public void AnyTextIsCutAsByTheFramework() => Prop.ForAll<string[], byte>(static (parts, chunk) =>
    {
        string joined = string.Join('\n', parts).Replace("\r", "").Replace("\uFEFF", "");
        byte[] bytes = Encoding.UTF8.GetBytes(joined);
        List<string> expected = [];
        using StringReader reader = new(Encoding.UTF8.GetString(bytes)); // lone surrogates are replaced
        while (reader.ReadLine() is { } line) expected.Add(line);
        Assert.Equal(expected, Read(bytes, chunk + 1));
    }).QuickCheckThrowOnFailure();

    private static List<string> Read(byte[] text, int chunk)
    {
        List<string> lines = [];
        LineReader reader = new(new ChunkStream(text, chunk), static () => { });
        while (reader.TryRead(out ReadOnlySpan<byte> line, out bool isTooLong))
        {
            lines.Add(isTooLong ? "<too long>" : Encoding.UTF8.GetString(line));
            Assert.Equal(lines.Count, reader.Line);
        }
        Assert.Equal(text.Length, reader.Position);
        return lines;
    }

    /// <summary>Gives at most so many bytes at a time, as a pipe does.</summary>
    private sealed class ChunkStream(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, Math.Min(count, chunk));
    }
}
