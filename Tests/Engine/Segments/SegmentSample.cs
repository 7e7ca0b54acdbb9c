using System;
using System.IO;
using System.Text;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Native.Os;

namespace Slungd.Tests.Engine.Segments;

/// <summary>A small segment with every family, the same bytes each time: three pages of `cpu`, one series of each other
/// family.</summary>
internal static class SegmentSample
{
    public static readonly SegmentName Name = new(0, 0x1234);
    public const int PagePoints = 100;
    public const long CreatedAt = 1_700_000_000_000_000;

    public static SegmentSettings Settings => new(Precision.Microseconds, PagePoints, TimestampEncoding.Adaptive);

    public static byte[] Key(string name) => Encoding.ASCII.GetBytes(name);

    public static SegmentFooter Write(IDisk disk, string directory)
    {
        var writer = new SegmentWriter(disk, directory, Settings);
        writer.Begin(Name, 7, 7, CreatedAt, 0);
        Fill(writer);
        return writer.Finish();
    }

    public static void Fill(SegmentWriter writer)
    {
        writer.BeginSeries(Key("bool"), ValueFamily.Bool);
        writer.AddPage(Times(0, 10), Values(10, static i => (ulong)(i & 1)));
        writer.BeginSeries(Key("bytes"), ValueFamily.Bytes);
        byte[] payload = "onetwothree"u8.ToArray();
        ulong[] references =
            [new PayloadRef(3, 3).ToBits(), new PayloadRef(0, 3).ToBits(), new PayloadRef(6, 5).ToBits()];
        writer.AddPage(Times(5, 3), references, payload);
        writer.BeginSeries(Key("cpu"), ValueFamily.Float);
        for (int page = 0; page < 3; page++)
            writer.AddPage(Times(page * 1000, 100), Values(100, i => Float(page * 100 + i)));
        writer.BeginSeries(Key("int"), ValueFamily.Int);
        writer.AddPage(Times(-50, 20), Values(20, static i => (ulong)(long)(i - 10)));
        writer.BeginSeries(Key("uint"), ValueFamily.UInt);
        writer.AddPage([long.MaxValue], [ulong.MaxValue]);
    }

    public static ulong Float(int i) => BitConverter.DoubleToUInt64Bits(i % 7 == 3 ? double.NaN : i * 0.25);

    public static long[] Times(long start, int count)
    {
        var times = new long[count];
        for (int i = 0; i < count; i++) times[i] = start + i * 10 + (i % 3);
        return times;
    }

    public static ulong[] Values(int count, Func<int, ulong> value)
    {
        var values = new ulong[count];
        for (int i = 0; i < count; i++) values[i] = value(i);
        return values;
    }

    /// <summary>Reads all there is; throws what the reader throws.</summary>
    public static ulong Digest(SegmentReader reader)
    {
        ulong digest = 17;
        byte[] payload = [], scratch = [];
        for (int i = 0; i < reader.SeriesCount; i++)
        {
            reader.ReadSeries(i, out SeriesEntry entry);
            foreach (byte b in reader.KeyOf(in entry)) digest = digest * 31 + b;
            digest = digest * 31 + (ulong)entry.Family;
            PagePosition position = SegmentReader.FirstPage(in entry);
            while (reader.ReadPage(in entry, ref position, out PageDescriptor descriptor))
            {
                var timestamps = new long[descriptor.Summary.Count];
                var values = new ulong[descriptor.Summary.Count];
                reader.ReadTimes(in descriptor, timestamps);
                if (!entry.Family.HasPayload()) reader.ReadValues(in descriptor, values);
                else reader.ReadPayloads(in descriptor, values, ref payload, ref scratch);
                for (int p = 0; p < values.Length; p++) digest = (digest * 31 + (ulong)timestamps[p]) * 31 + values[p];
                ref BlockSummary summary = ref descriptor.Summary;
                digest = digest * 31 + BitConverter.DoubleToUInt64Bits(summary.Sum + summary.SumLow);
                digest = digest * 31 + BitConverter.DoubleToUInt64Bits(summary.Min + summary.Max);
                digest = digest * 31 + BitConverter.DoubleToUInt64Bits(summary.First);
                digest = digest * 31 + BitConverter.DoubleToUInt64Bits(summary.Last);
                if (!entry.Family.HasPayload()) continue;
                foreach (ulong bits in values)
                {
                    PayloadRef at = PayloadRef.FromBits(bits);
                    foreach (byte b in payload.AsSpan((int)at.Offset, (int)at.Length)) digest = digest * 31 + b;
                }
            }
        }
        return digest;
    }

    /// <summary>Opens over bytes in memory.</summary>
    public static SegmentReader Open(ReadOnlySpan<byte> idx, ReadOnlySpan<byte> dat)
    {
        MappedFile index = MappedFile.Copy(idx), data = MappedFile.Copy(dat);
        try { return SegmentReader.Open(index, data, Name, Name.Idx, Name.Dat); }
        catch
        {
            index.Dispose();
            data.Dispose();
            throw;
        }
    }

    /// <summary>The sample's files.</summary>
    public static (byte[] Idx, byte[] Dat) Bytes()
    {
        string directory = Directory.CreateTempSubdirectory("slungd-segment-").FullName;
        try
        {
            Write(PosixDisk.Instance, directory);
            string path = directory + "/" + Name;
            return (File.ReadAllBytes(path + ".idx"), File.ReadAllBytes(path + ".dat"));
        }
        finally { Directory.Delete(directory, recursive: true); }
    }
}
