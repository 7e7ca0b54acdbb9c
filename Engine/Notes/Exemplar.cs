using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace Slungd.Engine.Notes;

/// <summary>An example of what a sample counts, such as the trace of one request.</summary>
/// <param name="Series">The labels of its series, `__name__` among them, sorted by name: pairs of `u16 length | text`,
/// names and values.</param>
/// <param name="Timestamp">In store precision.</param>
/// <param name="Value">The example's value.</param>
/// <param name="Labels">Its own labels, in the same form.</param>
internal sealed record Exemplar(byte[] Series, long Timestamp, double Value, byte[] Labels)
{
    /// <summary>The pairs of <see cref="Series"/> or <see cref="Labels"/> in their order.</summary>
    public static IEnumerable<(string Name, string Value)> Read(byte[] labels)
    {
        for (int at = 0; at < labels.Length;)
        {
            string name = ReadText(labels, ref at);
            yield return (name, ReadText(labels, ref at));
        }
    }

    /// <summary>True when the bytes are whole pairs.</summary>
    public static bool AreLabelsSound(ReadOnlySpan<byte> labels)
    {
        int texts = 0, at = 0;
        while (at + 2 <= labels.Length)
        {
            at += 2 + BinaryPrimitives.ReadUInt16LittleEndian(labels[at..]);
            texts++;
        }
        return at == labels.Length && texts % 2 == 0;
    }

    private static string ReadText(byte[] labels, ref int at)
    {
        int length = BinaryPrimitives.ReadUInt16LittleEndian(labels.AsSpan(at));
        at += 2 + length;
        return Encoding.UTF8.GetString(labels, at - length, length);
    }
}
