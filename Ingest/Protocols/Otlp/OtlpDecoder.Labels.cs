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

    private const string BadIdentity = "its service's name, namespace or instance id is too long for a label";
    private const string BadScope =
        "its scope's name, version, schema URL or an attribute is too long, has no name, or is one too many";

    private bool _isResourceRead, _isScopeRead, _isNamed; // their labels, and the metric's name, are there
    private int _resourceLabels; // the first ones
    private int _commonLabels;   // those and the scope's
    private string? _originProblem; // why no point of this resource, or of this scope, can have labels
    private byte[] _scopeKey = []; // as a label's name

    /// <summary>Begins the labels: `job` and `instance`. Without them points would be those of another service.
    /// </summary>
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
        fits &= text.Length <= ushort.MaxValue;
        if (fits && text.Length > 0)
            fits = _labels.Add("job"u8, prefix is null ? text : [.. prefix, .. text]) == LabelAdded.Done;
        if (!_text.TryRead(instance, out text)) return false;
        fits &= _labels.Add("instance"u8, text) == LabelAdded.Done;
        if (!fits) _originProblem = BadIdentity;
        _resourceLabels = _labels.Count;
        return _isResourceRead = true;
    }

    /// <summary>The scope's labels behind those of the resource.</summary>
    private bool TryReadScopeLabels(ReadOnlySpan<byte> scope, ReadOnlySpan<byte> schema)
    {
        _labels.Truncate(_resourceLabels);
        bool fits = true;
        var fields = new ProtoReader(scope);
        while (fields.MoveNext())
        {
            if (fields.Field is not (1 or 2) || !fields.IsBytes) continue;
            if (!Utf8.IsValid(fields.Bytes)) return false;
            fits &= LabelAdded.Refused != _labels.Add(
                fields.Field == 1 ? "otel_scope_name"u8 : "otel_scope_version"u8, fields.Bytes);
        }
        if (fields.IsMalformed || !Utf8.IsValid(schema)) return false;
        fits &= _labels.Add("otel_scope_schema_url"u8, schema) != LabelAdded.Refused;
        int own = _labels.Count;
        fields = new ProtoReader(scope);
        while (fields.MoveNext())
        {
            if (fields.Field != 3 || !fields.IsBytes) continue;
            if (!TryReadAttribute(fields.Bytes, out var key, out var value)) return false;
            if (!_text.TryRead(value, out var text)) return false;
            fits &= key.Length is > 0 and <= ushort.MaxValue && _labels.Join(ScopeKey(key), text, own);
        }
        if (!fits) _originProblem ??= BadScope;
        _commonLabels = _labels.Count;
        return _isScopeRead = true;
    }

    /// <summary>`otel_scope_` and the key.</summary>
    private ReadOnlySpan<byte> ScopeKey(ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte> prefix = "otel_scope_"u8;
        int length = prefix.Length + key.Length;
        if (_scopeKey.Length < length) _scopeKey = new byte[Math.Max(64, length)];
        prefix.CopyTo(_scopeKey);
        key.CopyTo(_scopeKey.AsSpan(prefix.Length));
        return _scopeKey.AsSpan(0, length);
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
            if (!TryReadTargetInfo(origin.Resource, out bool isWanted, out bool isWhole)) return false;
            if (_lastTime == 0) return true;
            if (isWanted)
            {
                batch.BeginSeries("target_info"u8);
                _labels.AddTo(batch);
                if (_isCacheUsed) series = batch.Resolve(ValueFamily.Float);
            }
            if (_resource != 0 && isWhole && (series != SeriesId.None || !isWanted))
                (cache!.Entries[_resource].Series, cache.Entries[_resource].FirstField) = (series.Value, _resource);
            if (!isWanted) return true;
        }
        AddTargetInfos();
        return true;
    }

    private bool TryReadTargetInfo(ReadOnlySpan<byte> resource, out bool isWanted, out bool isWhole)
    {
        _labels.Truncate(_resourceLabels);
        _isScopeRead = false;
        isWanted = isWhole = false;
        int leftOut = 0;
        ReadOnlySpan<byte> first = default;
        var fields = new ProtoReader(resource);
        while (fields.MoveNext())
        {
            if (fields.Field != 1 || !fields.IsBytes) continue;
            if (!KeyValue.TryRead(fields.Bytes, out var key, out var value)) return false;
            if (!_text.TryRead(value, out var text)) return false;
            bool isIdentity = key.SequenceEqual("service.name"u8) || key.SequenceEqual("service.namespace"u8)
                || key.SequenceEqual("service.instance.id"u8);
            if (!isIdentity && !_labels.Join(key, text, _resourceLabels) && leftOut++ == 0) first = key;
        }
        isWanted = _resourceLabels > 0 && _labels.Count > _resourceLabels;
        isWhole = leftOut == 0;
        if (isWanted && !isWhole && _lastTime != 0) WarnOfTargetInfo(leftOut, first);
        return true;
    }

    private void WarnOfTargetInfo(int leftOut, ReadOnlySpan<byte> first) => Warning ??=
        $"{leftOut} attributes of a resource are not in target_info, the first '{Shown(first)}': expected at most "
        + $"{OtlpLabels.MaxLabels} labels, each with a name, of at most 65535 bytes";

    private void AddTargetInfos()
    {
        ulong interval = Math.Max(TargetInfoInterval, (_lastTime - _firstTime) / MaxTargetInfos);
        ulong time = _firstTime; // all of these fit, since points of both ends were taken
        for (; _lastTime - time > interval; time += interval) AddTargetInfo(time);
        if (time < _lastTime) AddTargetInfo(time);
        AddTargetInfo(_lastTime);
    }

    private void AddTargetInfo(ulong nanoseconds)
    {
        precision.TryFromNanoseconds(nanoseconds, out long time);
        batch.AddFloat(time, 1);
    }
}
