using System;
using System.Text.Unicode;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.Protobuf;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>Attributes of resources, scopes and points, and `target_info`.</summary>
internal sealed partial class OtlpDecoder
{
    /// <summary>`target_info` is repeated so often between the first and the last point of a resource, in nanoseconds:
    /// half of how far back PromQL looks.</summary>
    private const ulong TargetInfoInterval = 150_000_000_000;

    private const ulong MaxTargetInfos = 100;

    private bool _isResourceRead, _isScopeRead, _isNamed; // their labels, and the metric's name, are there
    private int _resourceLabels; // the first ones
    private int _commonLabels;   // those and the scope's

    /// <summary>Begins the labels: `job` and `instance`.</summary>
    private bool TryReadIdentity(ReadOnlySpan<byte> resource)
    {
        _labels.Clear();
        ReadOnlySpan<byte> name = default, space = default, instance = default;
        var fields = new ProtoReader(resource);
        while (fields.MoveNext())
        {
            if (fields.Field != 1 || !fields.IsBytes) continue;
            if (!TryReadAttribute(fields.Bytes, out var key, out var value)) return false;
            if (key.SequenceEqual("service.name"u8)) name = value;
            else if (key.SequenceEqual("service.namespace"u8)) space = value;
            else if (key.SequenceEqual("service.instance.id"u8)) instance = value;
        }
        if (fields.IsMalformed || !_text.TryRead(space, out var text)) return false;
        bool fits = text.Length <= ushort.MaxValue;
        byte[]? prefix = text.IsEmpty || !fits ? null : [.. text, (byte)'/'];
        if (!_text.TryRead(name, out text)) return false;
        fits &= text.Length is > 0 and <= ushort.MaxValue;
        if (fits) _labels.Add("job"u8, prefix is null ? text : [.. prefix, .. text]);
        if (!_text.TryRead(instance, out text)) return false;
        _labels.Add("instance"u8, text);
        _resourceLabels = _labels.Count;
        return _isResourceRead = true;
    }

    /// <summary>The scope's labels behind those of the resource.</summary>
    private bool TryReadScopeLabels(ReadOnlySpan<byte> scope, ReadOnlySpan<byte> schema)
    {
        _labels.Truncate(_resourceLabels);
        var fields = new ProtoReader(scope);
        while (fields.MoveNext())
        {
            if (fields.Field is not (1 or 2) || !fields.IsBytes) continue;
            if (!Utf8.IsValid(fields.Bytes)) return false;
            if (fields.Field == 1) _labels.Add("otel_scope_name"u8, fields.Bytes);
            else _labels.Add("otel_scope_version"u8, fields.Bytes);
        }
        if (fields.IsMalformed || !Utf8.IsValid(schema)) return false;
        _labels.Add("otel_scope_schema_url"u8, schema);
        int own = _labels.Count;
        Span<byte> name = stackalloc byte[256];
        "otel_scope_"u8.CopyTo(name);
        fields = new ProtoReader(scope);
        while (fields.MoveNext())
        {
            if (fields.Field != 3 || !fields.IsBytes) continue;
            if (!TryReadAttribute(fields.Bytes, out var key, out var value)) return false;
            if (!_text.TryRead(value, out var text)) return false;
            if (key.IsEmpty || key.Length > name.Length - 11) continue;
            key.CopyTo(name[11..]);
            _labels.Join(name[..(11 + key.Length)], text, own);
        }
        _commonLabels = _labels.Count;
        return _isScopeRead = true;
    }

    /// <summary>Reads an attribute of a resource or scope, which all of their points need: as in protobuf all of it is
    /// in UTF-8. What is too long for any label is no text.</summary>
    private bool TryReadAttribute(ReadOnlySpan<byte> attribute, out ReadOnlySpan<byte> key,
        out ReadOnlySpan<byte> value) =>
        KeyValue.TryRead(attribute, out key, out value) && Utf8.IsValid(key) && _text.TryRead(value, out var text)
            && (text.Length > ushort.MaxValue || Utf8.IsValid(text));

    private bool TryReadName(in OtlpMetric metric) => _isNamed =
        Utf8.IsValid(metric.Name) && Utf8.IsValid(metric.Help) && Utf8.IsValid(metric.Unit)
        && _name.TryBuild(metric.Name, metric.Unit, metric.IsCounter, isGauge: metric.Kind == 5);

    /// <summary>All labels of a point, its attributes behind the others, unless they are there. False when they are
    /// malformed.</summary>
    private bool TryReadLabels(in OtlpMetric metric, ReadOnlySpan<byte> message, ref OtlpPoint point)
    {
        if (point.HasLabels) return true;
        ReadMetric(metric);
        _labels.Truncate(_commonLabels);
        int field = metric.AttributesField;
        var fields = new ProtoReader(point.IsScattered ? message : point.Attributes);
        while (fields.MoveNext())
            if (fields.Field == field && fields.IsBytes && !TryAddAttribute(fields.Bytes, ref point.HasBadLabel))
                return false;
        return point.HasLabels = true;
    }

    /// <summary>Adds an attribute to the point's labels. False when the message is malformed.</summary>
    private bool TryAddAttribute(ReadOnlySpan<byte> attribute, ref bool hasBadLabel)
    {
        if (!KeyValue.TryRead(attribute, out var key, out var value)) return false;
        if (!_text.TryRead(value, out var text)) return false;
        if (!Utf8.IsValid(key) || !_labels.Join(key, text, _commonLabels)) hasBadLabel = true;
        return true;
    }

    /// <summary>The resource's other attributes, as labels of a series that is always 1 and can be joined by `job` and
    /// `instance`. Without these, or without others, there is none.</summary>
    private bool TryAddTargetInfo(in OtlpOrigin origin)
    {
        SeriesId series = SeriesId.None;
        if (_resource != 0 && cache!.Entries[_resource] is { FirstField: not 0 } known)
        {
            series = new SeriesId(known.Series);
            if (series == SeriesId.None || _lastTime == 0) return true;
            batch.BeginSeries(series);
        }
        else
        {
            ReadResource(origin);
            if (!TryReadTargetInfo(origin.Resource, out bool isWanted)) return false;
            if (_lastTime == 0) return true;
            if (isWanted)
            {
                batch.BeginSeries("target_info"u8);
                _labels.AddTo(batch);
                if (_resource != 0) series = batch.Resolve(ValueFamily.Float);
            }
            if (_resource != 0 && (series != SeriesId.None || !isWanted))
                (cache!.Entries[_resource].Series, cache.Entries[_resource].FirstField) = (series.Value, _resource);
            if (!isWanted) return true;
        }
        AddTargetInfos();
        return true;
    }

    private bool TryReadTargetInfo(ReadOnlySpan<byte> resource, out bool isWanted)
    {
        _labels.Truncate(_resourceLabels);
        _isScopeRead = false;
        isWanted = false;
        var fields = new ProtoReader(resource);
        while (fields.MoveNext())
        {
            if (fields.Field != 1 || !fields.IsBytes) continue;
            if (!KeyValue.TryRead(fields.Bytes, out var key, out var value)) return false;
            if (!_text.TryRead(value, out var text)) return false;
            bool isIdentity = key.SequenceEqual("service.name"u8) || key.SequenceEqual("service.namespace"u8)
                || key.SequenceEqual("service.instance.id"u8);
            if (!isIdentity && !key.IsEmpty) _labels.Join(key, text, _resourceLabels);
        }
        isWanted = _resourceLabels > 0 && _labels.Count > _resourceLabels;
        return true;
    }

    private void AddTargetInfos()
    {
        ulong interval = Math.Max(TargetInfoInterval, (_lastTime - _firstTime) / MaxTargetInfos);
        for (ulong time = _firstTime; time < _lastTime; time += interval)
            batch.AddFloat(precision.FromNanoseconds((long)time), 1);
        batch.AddFloat(precision.FromNanoseconds((long)_lastTime), 1);
    }
}
