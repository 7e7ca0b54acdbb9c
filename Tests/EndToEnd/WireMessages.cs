using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace Slungd.Tests.EndToEnd;

/// <summary>Writes the wire formats of port 2077 as the protocol page describes them, on its own: nothing of the
/// daemon's code is used, so that a shared mistake can't hide.</summary>
internal static class WireMessages
{
    public const byte Rows = 1;
    public const byte Define = 2;
    public const byte Columns = 3;

    /// <summary>One event: the whole message of the original protocol, a part of a ROWS body.</summary>
    public static byte[] Event(long timestamp, double value, string series, params string[] tags)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        WriteEvent(writer, timestamp, value, series, tags);
        return stream.ToArray();
    }

    /// <summary>A ROWS message.</summary>
    public static byte[] RowsOf(IEnumerable<Point> points)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Rows);
        foreach (Point point in points) WriteEvent(writer, point.Timestamp, point.Value, point.Series, point.Tags);
        return stream.ToArray();
    }

    /// <summary>A DEFINE message for one alias.</summary>
    public static byte[] DefineOf(uint alias, string series, params string[] tags)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Define);
        writer.Write(alias);
        WriteKey(writer, series, tags);
        return stream.ToArray();
    }

    /// <summary>A COLUMNS message of one block with its own timestamps.</summary>
    public static byte[] ColumnsOf(uint alias, ReadOnlySpan<long> timestamps, ReadOnlySpan<double> values)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Columns);
        writer.Write(alias);
        writer.Write((uint)values.Length);
        writer.Write((byte)0);
        foreach (long timestamp in timestamps) writer.Write(timestamp);
        foreach (double value in values) writer.Write(value);
        return stream.ToArray();
    }

    /// <summary>A COLUMNS message of one block at start, start + step, ...</summary>
    public static byte[] RegularOf(uint alias, long start, long step, ReadOnlySpan<double> values)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Columns);
        writer.Write(alias);
        writer.Write((uint)values.Length);
        writer.Write((byte)1);
        writer.Write(start);
        writer.Write(step);
        foreach (double value in values) writer.Write(value);
        return stream.ToArray();
    }

    private static void WriteEvent(BinaryWriter writer, long timestamp, double value, string series, string[] tags)
    {
        writer.Write(timestamp);
        writer.Write(value);
        WriteKey(writer, series, tags);
    }

    private static void WriteKey(BinaryWriter writer, string series, string[] tags)
    {
        writer.Write((ushort)Encoding.UTF8.GetByteCount(series));
        writer.Write((ushort)tags.Length);
        writer.Write(Encoding.UTF8.GetBytes(series));
        foreach (string tag in tags)
        {
            writer.Write((ushort)Encoding.UTF8.GetByteCount(tag));
            writer.Write(Encoding.UTF8.GetBytes(tag));
        }
    }
}
