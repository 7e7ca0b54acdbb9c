using System;
using System.Text.Unicode;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.Protobuf;

namespace Slungd.Ingest.Protocols.RemoteWrite;

/// <summary>Version 2.0: texts stand once, in a table of symbols, and everything refers to them.</summary>
internal sealed partial class RemoteWriteDecoder
{
    private const int V2Symbols = 4, V2Series = 5, V2Metadata = 5;
    private const int MaxSymbols = 1 << 20;

    private (int Start, int Length)[] _symbols = []; // places in the body
    private int _symbolCount;

    /// <summary>Decodes a request of version 2.0; otherwise as <see cref="TryDecode"/>.</summary>
    public bool TryDecodeV2(ReadOnlySpan<byte> body)
    {
        Begin();
        if (!TryReadSymbols(body)) return Fail();
        if (_symbolCount > 0 && _symbols[0].Length > 0)
        {
            Problem = "expected a remote write message whose first symbol is the empty text";
            return false;
        }
        var request = new ProtoReader(body);
        while (request.MoveNext())
        {
            if (request.Field != V2Series || !request.IsBytes) continue;
            if (!TryReadSeriesV2(body, request.Bytes)) return Fail();
        }
        return !request.IsMalformed || Fail();
    }

    /// <summary>The table may stand anywhere in the message, so this comes first.</summary>
    private bool TryReadSymbols(ReadOnlySpan<byte> body)
    {
        _symbolCount = 0;
        _areTextsChecked = true;
        var request = new ProtoReader(body);
        while (request.MoveNext())
        {
            if (request.Field != V2Symbols || !request.IsBytes) continue;
            if (_symbolCount == MaxSymbols) return false;
            if (_symbolCount == _symbols.Length) Array.Resize(ref _symbols, Math.Max(64, _symbolCount * 2));
            _areTextsChecked &= Utf8.IsValid(request.Bytes);
            _symbols[_symbolCount++] = (request.BytesStart, request.Bytes.Length);
        }
        return !request.IsMalformed;
    }

    private bool TryReadSeriesV2(ReadOnlySpan<byte> body, ReadOnlySpan<byte> series)
    {
        Counts.Series++;
        if (!TryReadLabelsV2(body, series)) return false;
        bool hasHistograms = false;
        ReadOnlySpan<byte> metadata = default;
        var fields = new ProtoReader(series);
        while (fields.MoveNext())
        {
            if (!fields.IsBytes) continue;
            hasHistograms |= fields.Field == V2Histograms;
            if (fields.Field == V2Metadata) metadata = fields.Bytes;
            bool isRead = fields.Field switch
            {
                2 => TryAddSample(fields.Bytes),
                4 => TryAddExemplarV2(body, series, fields.Bytes),
                _ => true,
            };
            if (!isRead) return false;
        }
        if (fields.IsMalformed || !TryReadMetadataV2(body, series, metadata)) return false;
        return !hasHistograms || TryReadLabelsV2(body, series) && TryAddHistograms(series, V2Histograms);
    }

    private bool TryReadLabelsV2(ReadOnlySpan<byte> body, ReadOnlySpan<byte> series)
    {
        if (!TryFindMetric(body, series, out ReadOnlySpan<byte> metric)) return false;
        BeginSeries(metric);
        ReadOnlySpan<byte> previous = default;
        var references = new SymbolReferences(series);
        while (TryReadLabel(body, ref references, out var name, out var value))
        {
            AddLabel(previous, name, value);
            previous = name;
        }
        if (references.IsMalformed || _isSorted) return !references.IsMalformed;
        _names.Clear();
        references = new SymbolReferences(series);
        while (TryReadLabel(body, ref references, out var name, out _)) _names.Add(name);
        RefuseTwins();
        return true;
    }

    private bool TryFindMetric(ReadOnlySpan<byte> body, ReadOnlySpan<byte> series, out ReadOnlySpan<byte> metric)
    {
        metric = default;
        var references = new SymbolReferences(series);
        while (TryReadLabel(body, ref references, out var name, out var value))
            if (name.SequenceEqual("__name__"u8)) metric = value;
        return !references.IsMalformed;
    }

    private bool TryAddExemplarV2(ReadOnlySpan<byte> body, ReadOnlySpan<byte> series, ReadOnlySpan<byte> exemplar)
    {
        if (!TryReadExemplar(exemplar, out long timestamp, out double value, out bool isTaken)) return false;
        var references = new SymbolReferences(series);
        if (isTaken && !_isNoted)
        {
            _isNoted = true;
            notes.BeginExemplars();
            while (TryReadLabel(body, ref references, out var name, out var text)) notes.SeriesLabel(name, text);
        }
        if (isTaken) notes.BeginExemplar(timestamp, value);
        references = new SymbolReferences(exemplar);
        while (TryReadLabel(body, ref references, out var name, out var text))
            if (isTaken) notes.ExemplarLabel(name, text);
        if (isTaken) notes.EndExemplar();
        return !references.IsMalformed;
    }

    private bool TryReadMetadataV2(ReadOnlySpan<byte> body, ReadOnlySpan<byte> series, ReadOnlySpan<byte> metadata)
    {
        MetricType type = MetricType.Unknown;
        ReadOnlySpan<byte> help = default, unit = default;
        var fields = new ProtoReader(metadata);
        while (fields.MoveNext())
        {
            if (!fields.IsVarint) continue;
            if (fields.Field == 1) type = TypeOf(fields.Number);
            if (fields.Field == 3 && !TryFindSymbol(body, fields.Number, out help)) return false;
            if (fields.Field == 4 && !TryFindSymbol(body, fields.Number, out unit)) return false;
        }
        if (fields.IsMalformed || !TryFindMetric(body, series, out ReadOnlySpan<byte> metric)) return false;
        if (!metric.IsEmpty && (type != MetricType.Unknown || !help.IsEmpty || !unit.IsEmpty))
            notes.Metadata(FamilyOf(metric, type), type, help, unit);
        return true;
    }

    /// <summary>Version 2.0 carries metadata per series; the family is the name without the suffix that the type
    /// adds.</summary>
    private static ReadOnlySpan<byte> FamilyOf(ReadOnlySpan<byte> metric, MetricType type)
    {
        if (type is not (MetricType.Histogram or MetricType.GaugeHistogram or MetricType.Summary)) return metric;
        if (metric.EndsWith("_bucket"u8)) return metric[..^"_bucket".Length];
        if (metric.EndsWith("_count"u8)) return metric[..^"_count".Length];
        return metric.EndsWith("_sum"u8) ? metric[..^"_sum".Length] : metric;
    }

    /// <summary>The next pair of symbols. False at the end, and when a reference leads nowhere.</summary>
    private bool TryReadLabel(ReadOnlySpan<byte> body, scoped ref SymbolReferences references,
        out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = value = default;
        if (!references.TryTake(out ulong first)) return false;
        bool isRead = references.TryTake(out ulong second) && TryFindSymbol(body, first, out name)
            && TryFindSymbol(body, second, out value);
        return isRead || references.Fail();
    }

    private bool TryFindSymbol(ReadOnlySpan<byte> body, ulong reference, out ReadOnlySpan<byte> symbol)
    {
        symbol = default;
        if (reference >= (ulong)_symbolCount) return false;
        (int start, int length) = _symbols[reference];
        symbol = body.Slice(start, length);
        return true;
    }
}
