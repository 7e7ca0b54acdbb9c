using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Slungd.Engine.Model;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Protocols.RemoteWrite;

/// <summary>Series as every sender of version 1.0 writes most of them: labels, then samples, and nothing else. Known
/// ones are found by the bytes of their labels, and mostly are the one that came behind the one before the last time.
/// </summary>
internal sealed partial class RemoteWriteDecoder
{
    private const byte LabelTag = 1 << 3 | 2, SampleTag = 2 << 3 | 2;
    private const int ChunkSamples = 128;

    private int _previous; // the series before in the cache; 0 for none
    private CacheUse _use;
    private bool _isCacheUsed; // by this request

    /// <summary>Whether the series is labels, then samples: where those begin, if so.</summary>
    private static bool IsUsual(ReadOnlySpan<byte> series, out int samples)
    {
        int at = 0;
        while ((uint)at < (uint)series.Length && series[at] == LabelTag)
        {
            at++;
            if (!Varint.TryRead(series, ref at, out ulong length) || length > (ulong)series.Length) break;
            at += (int)length;
        }
        samples = at;
        while ((uint)at + 1 < (uint)series.Length && series[at] == SampleTag && series[at + 1] < 0x80)
        {
            int bytes = 2 + series[at + 1];
            at += bytes;
            // Most samples are as long as the one before.
            while (at + 4 * bytes <= series.Length && IsSample(series, at, bytes)
                & IsSample(series, at + bytes, bytes) & IsSample(series, at + 2 * bytes, bytes)
                & IsSample(series, at + 3 * bytes, bytes)) at += 4 * bytes;
        }
        return at == series.Length && samples > 0 && samples < at;
    }

    private static bool IsSample(ReadOnlySpan<byte> series, int at, int bytes) =>
        series[at] == SampleTag & series[at + 1] == bytes - 2;

    private bool TryReadUsual(ReadOnlySpan<byte> series, int samples)
    {
        ReadOnlySpan<byte> labels = series[..samples];
        if (!_isCacheUsed || !TryTakeKnown(labels))
        {
            if (!TryReadLabels(labels)) return false;
            if (_isCacheUsed && _isUsable) Remember(labels);
        }
        return TryAddSamples(series[samples..]);
    }

    private bool TryTakeKnown(ReadOnlySpan<byte> labels)
    {
        Span<LineEntry> entries = cache!.Entries;
        int entry = _previous == 0 ? 0 : entries[_previous].Next;
        bool isExpected = entry != 0 &&
            cache.Texts.Slice(entries[entry].Start, entries[entry].Length).SequenceEqual(labels);
        if (!isExpected)
        {
            entry = cache.Find(0, labels);
            if (_previous != 0) entries[_previous].Next = entry;
        }
        _previous = entry;
        if (entry == 0)
        {
            _use.Miss();
            return false;
        }
        _use.Hit();
        _isUsable = true;
        batch.BeginSeries(new SeriesId(entries[entry].Series));
        return true;
    }

    /// <summary>Resolves the series begun last at once, so that it can be remembered.</summary>
    private void Remember(ReadOnlySpan<byte> labels)
    {
        SeriesId series = batch.Resolve(ValueFamily.Float);
        if (series != SeriesId.None) _previous = cache!.Add(0, labels, series.Value);
    }

    [SkipLocalsInit]
    private bool TryAddSamples(ReadOnlySpan<byte> samples)
    {
        Span<long> timestamps = stackalloc long[ChunkSamples];
        Span<double> values = stackalloc double[ChunkSamples];
        int count = 0;
        while (!samples.IsEmpty)
        {
            if (!TryTakeUsual(ref samples, out double value, out long milliseconds))
            {
                ReadOnlySpan<byte> sample = samples.Slice(2, samples[1]);
                samples = samples[(2 + sample.Length)..];
                if (!TryReadSample(sample, out value, out milliseconds))
                {
                    batch.AddFloats(timestamps[..count], values[..count]);
                    return false;
                }
            }
            Counts.Samples++;
            if (count == ChunkSamples || !FitsTime(milliseconds, out long timestamp) || !_isUsable)
            {
                batch.AddFloats(timestamps[..count], values[..count]);
                count = 0;
                if (!TryTakeTime(milliseconds, out timestamp)) continue;
            }
            timestamps[count] = timestamp;
            values[count++] = value;
        }
        batch.AddFloats(timestamps[..count], values[..count]);
        return true;
    }

    /// <summary>Takes a sample off as every sender writes it: its value, then its time, in one to eight bytes. False,
    /// with nothing taken, for any other, and for those at the end of the series.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryTakeUsual(ref ReadOnlySpan<byte> samples, out double value, out long milliseconds)
    {
        const int ValueAt = 3, TimeAt = ValueAt + sizeof(double) + 1;
        value = 0;
        milliseconds = 0;
        if (samples.Length < TimeAt + sizeof(ulong)) return false;
        ulong time = BinaryPrimitives.ReadUInt64LittleEndian(samples[TimeAt..]);
        int bytes = Varint.TryDecode(time, out ulong bits);
        bool isUsual = bytes != 0 & samples[1] == bytes + TimeAt - 2 & samples[2] == 0x09 & samples[TimeAt - 1] == 0x10;
        if (!isUsual) return false;
        value = BinaryPrimitives.ReadDoubleLittleEndian(samples[ValueAt..]);
        milliseconds = (long)bits;
        samples = samples[(TimeAt + bytes)..];
        return true;
    }
}
