using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.Protobuf;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Protocols.RemoteRead;

/// <summary>Writes the series of remote read's answers (prompb/types.proto, prompb/remote.proto). Reused; one thread.
/// <code>
/// TimeSeries { 1 labels { 1 name, 2 value }, 2 samples { 1 f64 value, 2 i64 milliseconds }, 4 histograms }
/// ChunkedReadResponse { 1 chunked_series { 1 labels, 2 chunks { 1 min_time_ms, 2 max_time_ms, 3 type: 1 xor,
///                       4 data } },
///                       2 query_index }
/// frame := uvarint length | u32 CRC32C, big-endian | ChunkedReadResponse
/// </code></summary>
internal sealed class ReadSeries
{
    private readonly ArrayBufferWriter<byte> _series = new();
    private readonly ArrayBufferWriter<byte> _part = new();
    private int _labelBytes;

    /// <summary>What is written of the series.</summary>
    public int Bytes => _series.WrittenCount;

    /// <summary>Something but labels is written.</summary>
    public bool HasSamples => _series.WrittenCount > _labelBytes;

    /// <summary>Begins a series.</summary>
    public void Begin(Label[] labels)
    {
        _series.ResetWrittenCount();
        foreach (Label label in labels)
        {
            _part.ResetWrittenCount();
            ProtoWriter.Bytes(_part, 1, Encoding.UTF8.GetBytes(label.Name));
            ProtoWriter.Bytes(_part, 2, Encoding.UTF8.GetBytes(label.Value));
            ProtoWriter.Bytes(_series, 1, _part.WrittenSpan);
        }
        _labelBytes = _series.WrittenCount;
    }

    /// <summary>Adds a sample of a TimeSeries.</summary>
    public void AddSample(long milliseconds, double value)
    {
        _part.ResetWrittenCount();
        ProtoWriter.Double(_part, 1, value);
        ProtoWriter.Number(_part, 2, (ulong)milliseconds);
        ProtoWriter.Bytes(_series, 2, _part.WrittenSpan);
    }

    /// <summary>Adds a native histogram of a TimeSeries.</summary>
    /// <param name="message">The message `Histogram`.</param>
    public void AddHistogram(ReadOnlySpan<byte> message) => ProtoWriter.Bytes(_series, 4, message);

    /// <summary>Adds a chunk of a ChunkedSeries, with the times of its first and last sample.</summary>
    public void AddChunk(long first, long last, int encoding, ReadOnlySpan<byte> chunk)
    {
        _part.ResetWrittenCount();
        ProtoWriter.Number(_part, 1, (ulong)first);
        ProtoWriter.Number(_part, 2, (ulong)last);
        ProtoWriter.Number(_part, 3, (ulong)encoding);
        ProtoWriter.Bytes(_part, 4, chunk);
        ProtoWriter.Bytes(_series, 2, _part.WrittenSpan);
    }

    /// <summary>Ends a TimeSeries: appends it to a QueryResult.</summary>
    public void EndSeries(IBufferWriter<byte> queryResult) => ProtoWriter.Bytes(queryResult, 1, _series.WrittenSpan);

    /// <summary>Ends a ChunkedSeries, or a part of it: appends a frame. The next chunks begin the next frame.</summary>
    public void EndFrame(IBufferWriter<byte> stream, int queryIndex)
    {
        _part.ResetWrittenCount();
        ProtoWriter.Bytes(_part, 1, _series.WrittenSpan);
        if (queryIndex != 0) ProtoWriter.Number(_part, 2, (ulong)queryIndex);
        Span<byte> head = stream.GetSpan(Varint.MaxLength + sizeof(uint));
        int length = Varint.Write(head, (ulong)_part.WrittenCount);
        BinaryPrimitives.WriteUInt32BigEndian(head[length..], Crc32C.Of(_part.WrittenSpan));
        stream.Advance(length + sizeof(uint));
        stream.Write(_part.WrittenSpan);
        byte[] labels = _series.WrittenSpan[.._labelBytes].ToArray();
        _series.ResetWrittenCount();
        _series.Write(labels);
    }
}
