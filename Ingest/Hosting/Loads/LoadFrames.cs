using System;
using System.Collections.Generic;
using System.Globalization;
using System.Numerics;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Native.Simd;

namespace Slungd.Ingest.Hosting.Loads;

/// <summary>An endless supply of whole, masked frames. They are built once; for each turn only the timestamps change,
/// since the load generator shares the processors with the daemon that it measures.</summary>
internal abstract class LoadFrames
{
    /// <summary>About how much one call of <see cref="Next"/> returns: stays in the second-level cache.</summary>
    protected const int PieceBytes = 256 * 1024;

    /// <summary>What must be sent before: DEFINE messages, not masked.</summary>
    public virtual IReadOnlyList<byte[]> Definitions => [];

    /// <summary>The next frames: at most so many points, but at least one frame.</summary>
    /// <param name="maxPoints">Above 0.</param>
    /// <param name="points">How many points they hold.</param>
    /// <returns>Dead after the next call.</returns>
    public abstract ReadOnlySpan<byte> Next(long maxPoints, out int points);

    /// <summary>The supply of one connection.</summary>
    /// <param name="options">What is wanted.</param>
    /// <param name="connection">Which connection, from 0: it has the series whose number leaves this rest.</param>
    public static LoadFrames Create(LoadOptions options, int connection)
    {
        int series = (options.Series - connection + options.Connections - 1) / options.Connections;
        byte[][] keys = new byte[series][];
        for (int i = 0; i < series; i++) keys[i] = Key(connection + i * options.Connections);
        return options.Protocol is LoadProtocol.Columns or LoadProtocol.Regular
            ? new ColumnFrames(options, keys)
            : new EventFrames(options, keys);
    }

    /// <summary>The wire key `u16 series_len | u16 tag_count | series | tags` of one series: 29 bytes up to number
    /// 9999, so that an event has 45.</summary>
    private static byte[] Key(int number)
    {
        Sending.PointBuilder builder = new();
        builder.TrySetSeries("temp"u8);
        builder.TryAddTag("host"u8, Encoding.ASCII.GetBytes(number.ToString("D4", CultureInfo.InvariantCulture)));
        builder.TryAddTag("env"u8, "prod"u8);
        byte[] point = new byte[builder.Length];
        builder.WriteTo(point);
        return point[16..];
    }

    /// <summary>Eight masked bytes: the key as it meets them.</summary>
    /// <param name="key">The frame's key.</param>
    /// <param name="phase">How far behind the payload's start they lie; only the rest by 4 counts.</param>
    protected static ulong Mask64(uint key, int phase)
    {
        uint turned = XorMask.Advance(key, phase & 3);
        return turned | (ulong)turned << 32;
    }

    /// <summary>A random walk in hundredths, as sensors have it.</summary>
    protected static double[] Walk(int count)
    {
        Random random = new(1);
        double[] values = new double[count];
        int level = 2_000;
        for (int i = 0; i < count; i++) values[i] = (level += random.Next(-10, 11)) / 100.0;
        return values;
    }

    /// <summary>Writes `(template + offset) ^ mask` as masked bytes.</summary>
    protected static void WriteShifted(ReadOnlySpan<long> template, long offset, ulong mask, Span<byte> to)
    {
        Vector<long> add = new(offset);
        Vector<long> xor = new((long)mask);
        int i = 0;
        for (; i + Vector<long>.Count <= template.Length; i += Vector<long>.Count)
            Vector.AsVectorByte((new Vector<long>(template[i..]) + add) ^ xor).CopyTo(to[(i * 8)..]);
        for (; i < template.Length; i++)
            BitConverter.TryWriteBytes(to[(i * 8)..], (template[i] + offset) ^ (long)mask);
    }
}
