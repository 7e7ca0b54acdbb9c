using System;
using System.Buffers;
using System.Buffers.Binary;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Ingest.Protocols.Protobuf;

namespace Slungd.Ingest.Http;

/// <summary>Writes a stored native histogram as remote read sends it: with counts as floats (see <see
/// cref="Protocols.RemoteWrite.HistogramMessage"/> for the fields).</summary>
internal static class HistogramProto
{
    public static void Write(FloatHistogram histogram, long milliseconds, ArrayBufferWriter<byte> into)
    {
        into.ResetWrittenCount();
        ProtoWriter.Double(into, 2, histogram.Count);
        ProtoWriter.Double(into, 3, histogram.Sum);
        ProtoWriter.Signed(into, 4, histogram.Schema);
        ProtoWriter.Double(into, 5, histogram.ZeroThreshold);
        ProtoWriter.Double(into, 7, histogram.ZeroCount);
        WriteSide(histogram.Negative, into, spans: 8, counts: 10);
        WriteSide(histogram.Positive, into, spans: 11, counts: 13);
        ProtoWriter.Number(into, 14, (ulong)histogram.Hint);
        ProtoWriter.Number(into, 15, (ulong)milliseconds);
        WriteFloats(histogram.Bounds, into, 16);
    }

    private static void WriteSide(BucketList side, ArrayBufferWriter<byte> into, int spans, int counts)
    {
        ArrayBufferWriter<byte> span = new(16);
        long next = 0;
        for (int i = 0; i < side.Length;)
        {
            int first = side.Indexes[i], length = 1;
            while (i + length < side.Length && side.Indexes[i + length] == first + length) length++;
            span.ResetWrittenCount();
            ProtoWriter.Signed(span, 1, first - next);
            ProtoWriter.Number(span, 2, (ulong)length);
            ProtoWriter.Bytes(into, spans, span.WrittenSpan);
            next = first + (long)length;
            i += length;
        }
        WriteFloats(side.Counts, into, counts);
    }

    private static void WriteFloats(ReadOnlySpan<double> numbers, ArrayBufferWriter<byte> into, int field)
    {
        if (numbers.IsEmpty) return;
        byte[] packed = new byte[numbers.Length * sizeof(double)];
        for (int i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteDoubleLittleEndian(packed.AsSpan(i * sizeof(double)), numbers[i]);
        ProtoWriter.Bytes(into, field, packed);
    }
}
