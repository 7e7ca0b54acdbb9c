using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Ingest.Http.Prometheus;
using Xunit;

namespace Slungd.Tests.Ingest.Http.Prometheus;

public class TextsJsonTests
{
    [Fact]
    public void EveryByteAtEveryPlaceIsWrittenAsTheWriterDoes()
    {
        List<byte[]> texts = [[], new byte[TextsJson.ChunkBytes], Encoding.UTF8.GetBytes(new string('x', 40_000))];
        foreach (int length in (int[])[1, 3, 7, 8, 9, 15, 16, 17, 31, 32, 40])
        {
            for (int at = 0; at < length; at++)
            {
                for (int value = 0; value < 256; value++)
                {
                    byte[] text = new byte[length];
                    Array.Fill(text, (byte)'a');
                    text[at] = (byte)value;
                    texts.Add(text);
                }
            }
        }
        texts.Add(Encoding.UTF8.GetBytes("späť 😀 ok"));
        LabelTexts all = LabelTexts.Of([.. texts]);
        string plain = Write(json =>
        {
            for (int i = 0; i < all.Count; i++) json.WriteStringValue(all.TextAt(i));
        });
        Assert.Equal(plain, Write(json =>
        {
            byte[] room = new byte[TextsJson.ChunkBytes];
            for (int next = 0; next < all.Count;) next = TextsJson.Write(json, all, next, all.Count, room);
        }));
        Assert.Equal("[\"aaa\",\"b\"]", Write(json =>
            Assert.Equal(2, TextsJson.Write(json, LabelTexts.Of(["aaa"u8.ToArray(), "b"u8.ToArray(), "c"u8.ToArray()]),
                0, 2, new byte[TextsJson.ChunkBytes]))));
    }

    private static string Write(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, QueryJson.WriterOptions))
        {
            json.WriteStartArray();
            write(json);
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
