using System;
using System.Text;
using System.Text.Unicode;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.Protobuf;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>Exemplars, each of the series it belongs to: of a histogram with bounds, its bucket's.</summary>
internal sealed partial class OtlpDecoder
{
    /// <summary>OpenMetrics allows so many characters of names and values; attributes are left out where they would be
    /// more.</summary>
    private const int MaxExemplarChars = 128;

    private const int MaxExemplarsOfPoint = 1_024;

    /// <summary>Exemplar: `2 fixed64 time | 3 double | 6 sfixed64 | 4 span_id | 5 trace_id | 7 filtered_attributes`.
    /// </summary>
    /// <param name="metric">Its metric.</param>
    /// <param name="message">The point's.</param>
    /// <param name="point">What has them.</param>
    /// <param name="field">The number of the field with exemplars.</param>
    /// <param name="label">`le`: of which bucket it is.</param>
    /// <param name="bounds">Of the buckets, bits of doubles.</param>
    private bool TryAddExemplars(in OtlpMetric metric, ReadOnlySpan<byte> message, ref OtlpPoint point, int field,
        ReadOnlySpan<byte> label, ReadOnlySpan<ulong> bounds)
    {
        if (!TryReadLabels(metric, message, ref point)) return false;
        _name.With(label.IsEmpty ? default : "_bucket"u8);
        int count = 0;
        var fields = new ProtoReader(message);
        while (fields.MoveNext() && count < MaxExemplarsOfPoint)
        {
            if (fields.Field != field || !fields.IsBytes) continue;
            if (!TryAddExemplar(fields.Bytes, label, bounds)) return false;
            count++;
        }
        return true;
    }

    private bool TryAddExemplar(ReadOnlySpan<byte> exemplar, ReadOnlySpan<byte> label, ReadOnlySpan<ulong> bounds)
    {
        ulong time = 0;
        double value = 0;
        ReadOnlySpan<byte> span = default, trace = default;
        var fields = new ProtoReader(exemplar);
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 2 when fields.IsFixed64: time = fields.Number; break;
                case 3 when fields.IsFixed64: value = fields.Double; break;
                case 4 when fields.IsBytes: span = fields.Bytes; break;
                case 5 when fields.IsBytes: trace = fields.Bytes; break;
                case 6 when fields.IsFixed64: value = fields.Int64; break;
            }
        }
        if (fields.IsMalformed) return false;
        if (time == 0 || !precision.TryFromNanoseconds(time, out long timestamp)) return true;
        notes.BeginExemplars();
        notes.SeriesLabel(SeriesLabels.NameBytes, _name.Text);
        for (int i = 0; i < _labels.Count; i++)
            if (!_labels.NameOf(i).SequenceEqual(label)) notes.SeriesLabel(_labels.NameOf(i), _labels.ValueOf(i));
        if (!label.IsEmpty) notes.SeriesLabel(label, BucketOf(value, bounds));
        notes.BeginExemplar(timestamp, value);
        int chars = 0;
        AddId("trace_id"u8, trace, ref chars);
        AddId("span_id"u8, span, ref chars);
        if (!TryAddFiltered(exemplar, chars)) return false;
        notes.EndExemplar();
        return true;
    }

    private void AddId(ReadOnlySpan<byte> name, ReadOnlySpan<byte> id, ref int chars)
    {
        if (id.Length is 0 or > 32 || id.IndexOfAnyExcept((byte)0) < 0) return;
        Span<byte> text = stackalloc byte[64];
        for (int i = 0; i < id.Length; i++)
        {
            text[2 * i] = "0123456789abcdef"u8[id[i] >> 4];
            text[2 * i + 1] = "0123456789abcdef"u8[id[i] & 15];
        }
        notes.ExemplarLabel(name, text[..(2 * id.Length)]);
        chars += name.Length + 2 * id.Length;
    }

    private bool TryAddFiltered(ReadOnlySpan<byte> exemplar, int chars)
    {
        for (int pass = 0; pass < 2; pass++) // count, then add
        {
            var fields = new ProtoReader(exemplar);
            while (fields.MoveNext())
            {
                if (fields.Field != 7 || !fields.IsBytes) continue;
                if (!KeyValue.TryRead(fields.Bytes, out var key, out var value)) return false;
                if (!_text.TryRead(value, out var text)) return false;
                if (!Utf8.IsValid(key) || !Utf8.IsValid(text)) continue;
                if (pass == 1) notes.ExemplarLabel(key, text);
                else chars = (int)Math.Min(int.MaxValue / 2, (long)chars + CharsOf(key) + CharsOf(text));
            }
            if (chars > MaxExemplarChars) return true;
        }
        return true;
    }

    private static int CharsOf(ReadOnlySpan<byte> text) => Encoding.UTF8.GetCharCount(text);

    /// <summary>The upper bound of the bucket of a value.</summary>
    private ReadOnlySpan<byte> BucketOf(double value, ReadOnlySpan<ulong> bounds)
    {
        foreach (ulong bits in bounds)
        {
            double bound = BitConverter.UInt64BitsToDouble(bits);
            if (value <= bound) return LimitText(bound);
        }
        return "+Inf"u8;
    }
}
