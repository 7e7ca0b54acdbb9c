using System;
using System.Buffers.Binary;
using System.IO;
using System.Text;

namespace Slungd.Tests.Ingest.Net;

/// <summary>Builds messages of both protocols, field by field as design section 4 says.</summary>
internal static class Wire
{
    public static byte[] Event(long timestamp, double value, string series, params string[] tags)
    {
        var to = new MemoryStream();
        var writer = new BinaryWriter(to);
        writer.Write(timestamp);
        writer.Write(value);
        WriteKey(writer, series, tags);
        return to.ToArray();
    }

    public static byte[] Rows(params byte[][] events) => [1, .. Join(events)];

    public static byte[] Define(uint alias, string series, params string[] tags)
    {
        var to = new MemoryStream();
        var writer = new BinaryWriter(to);
        writer.Write(alias);
        WriteKey(writer, series, tags);
        return to.ToArray();
    }

    public static byte[] Definitions(params byte[][] definitions) => [2, .. Join(definitions)];

    public static byte[] Block(uint alias, long[] timestamps, double[] values)
    {
        var to = new MemoryStream();
        var writer = new BinaryWriter(to);
        writer.Write(alias);
        writer.Write((uint)timestamps.Length);
        writer.Write((byte)0);
        foreach (long timestamp in timestamps) writer.Write(timestamp);
        foreach (double value in values) writer.Write(value);
        return to.ToArray();
    }

    public static byte[] Regular(uint alias, long start, long step, params double[] values)
    {
        var to = new MemoryStream();
        var writer = new BinaryWriter(to);
        writer.Write(alias);
        writer.Write((uint)values.Length);
        writer.Write((byte)1);
        writer.Write(start);
        writer.Write(step);
        foreach (double value in values) writer.Write(value);
        return to.ToArray();
    }

    public static byte[] Columns(params byte[][] blocks) => [3, .. Join(blocks)];

    /// <summary>"ack 5", "error 3+1 code 4", or the frame in hex: what tests compare.</summary>
    public static string Show((int Opcode, byte[] Payload) frame)
    {
        byte[] payload = frame.Payload;
        if (frame.Opcode == 2 && payload.Length == 9 && payload[0] == 0x81)
            return $"ack {BinaryPrimitives.ReadUInt64LittleEndian(payload.AsSpan(1))}";
        if (frame.Opcode == 2 && payload.Length >= 17 && payload[0] == 0x82
            && BinaryPrimitives.ReadUInt16LittleEndian(payload.AsSpan(15)) == payload.Length - 17)
        {
            return $"error {BinaryPrimitives.ReadUInt64LittleEndian(payload.AsSpan(1))}"
                + $"+{BinaryPrimitives.ReadUInt32LittleEndian(payload.AsSpan(9))}"
                + $" code {BinaryPrimitives.ReadUInt16LittleEndian(payload.AsSpan(13))}";
        }
        if (frame.Opcode == 8 && payload.Length >= 2) return $"close {payload[0] << 8 | payload[1]}";
        if (frame.Opcode == 1) return Encoding.UTF8.GetString(payload);
        return $"opcode {frame.Opcode}: {Convert.ToHexString(payload)}";
    }

    private static void WriteKey(BinaryWriter writer, string series, string[] tags)
    {
        byte[] name = Encoding.UTF8.GetBytes(series);
        writer.Write((ushort)name.Length);
        writer.Write((ushort)tags.Length);
        writer.Write(name);
        foreach (string tag in tags)
        {
            byte[] text = Encoding.UTF8.GetBytes(tag);
            writer.Write((ushort)text.Length);
            writer.Write(text);
        }
    }

    private static byte[] Join(byte[][] parts)
    {
        var to = new MemoryStream();
        foreach (byte[] part in parts) to.Write(part);
        return to.ToArray();
    }
}
