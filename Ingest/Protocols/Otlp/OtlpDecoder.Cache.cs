using System;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.Protobuf;
using Slungd.Native.Checks;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>Senders repeat themselves: what gives a series its name and labels is known by its bytes, so that a point
/// is found without reading any of it. In the cache each part belongs to the one before (its owner is twice that entry,
/// and one more for the other of two meanings):
/// <code>
/// resource     its series is that of target_info, if FirstField is not 0
///   scope
///     schema
///       metric       its head; other where it is monotonic. Its series is the metadata's version when they were said
///         point          its attributes; FirstField: its limits, the last time
///           limits           of buckets or quantiles; other where there is a sum. Series for each of them
/// </code>
/// A part is remembered once it was read and all was well: what is the same as that is well, too. Series never change
/// their ids, whatever is deleted, so nothing here ever becomes wrong. Of the next metric and point it is assumed that
/// they are those that came behind the last ones the last time.</summary>
internal sealed partial class OtlpDecoder
{
    private CacheUse _use;
    private bool _isCacheUsed; // by this request
    private int _resource, _scope, _metric; // the entries of what is being read; 0: not known
    private int _lastMetric, _lastPoint; // the entries before
    private uint[] _series = new uint[16]; // of a point with several

    private void BeginWithCache()
    {
        _isCacheUsed = cache is not null && _use.Begin();
        if (_isCacheUsed && cache!.IsOutgrown) cache.Clear();
    }

    /// <summary>Begins a resource: known, or its labels are read. False when it is malformed.</summary>
    private bool TryTakeResource(in OtlpOrigin origin)
    {
        (_isResourceRead, _isScopeRead, _originProblem) = (false, false, null);
        _resource = _isCacheUsed ? cache!.Find(0, origin.Resource) : 0;
        if (_resource != 0) return true;
        if (!TryReadIdentity(origin.Resource)) return false;
        if (_isCacheUsed && _originProblem is null) _resource = cache!.Add(0, origin.Resource, SeriesId.None.Value);
        return true;
    }

    /// <summary>Begins a scope: known, or its labels are read. False when it is malformed.</summary>
    private bool TryTakeScope(in OtlpOrigin origin)
    {
        _isScopeRead = false;
        if (_originProblem != BadIdentity) _originProblem = null; // of the scope before
        int scope = _resource == 0 ? 0 : cache!.Find(2 * _resource, origin.Scope);
        _scope = scope == 0 ? 0 : cache!.Find(2 * scope, origin.Schema);
        if (_scope != 0) return true;
        ReadResource(origin);
        if (!TryReadScopeLabels(origin.Scope, origin.Schema)) return false;
        if (_resource == 0 || _originProblem is not null) return true;
        if (scope == 0) scope = cache!.Add(2 * _resource, origin.Scope, SeriesId.None.Value);
        if (scope != 0) _scope = cache!.Add(2 * scope, origin.Schema, SeriesId.None.Value);
        return true;
    }

    /// <summary>Begins a metric: known, or it is given its name, and its metadata are passed on. False when it can't
    /// have a name.</summary>
    private bool TryTakeMetric(in OtlpMetric metric)
    {
        _isNamed = false;
        uint version = (uint)notes.Version;
        _metric = _scope == 0 || metric.Head.IsEmpty ? 0
            : FindBehind(ref _lastMetric, 2 * _scope + (metric.IsCounter ? 1 : 0), metric.Head);
        if (_metric != 0 && cache!.Entries[_metric].Series == version) return true;
        if (!TryReadName(metric)) return false;
        if (metric.Kind != 0) notes.Metadata(_name.Text, TypeOf(metric), metric.Help, _name.Unit);
        if (_metric != 0) cache!.Entries[_metric].Series = version;
        else if (_scope != 0 && !metric.Head.IsEmpty)
            _metric = AddBehind(ref _lastMetric, 2 * _scope + (metric.IsCounter ? 1 : 0), metric.Head, version);
        return true;
    }

    /// <summary>A point whose attributes are probably those that came behind the last ones.</summary>
    private void BeginPoint(out OtlpPoint point)
    {
        point = default;
        if (_metric == 0) return;
        Span<LineEntry> entries = cache!.Entries;
        ref readonly LineEntry expected = ref entries[entries[_lastPoint].Next];
        if (expected.Owner != 2 * _metric) return;
        point.ExpectedEntry = entries[_lastPoint].Next;
        point.Expected = cache.Texts.Slice(expected.Start, expected.Length);
        point.IsExpected = point.Expected.IsEmpty; // until there are some
    }

    /// <summary>Finds out whether the point is known by its attributes, or reads its labels. False when they are
    /// malformed.</summary>
    private bool TryTakeAttributes(in OtlpMetric metric, ReadOnlySpan<byte> message, ref OtlpPoint point)
    {
        if (point.IsExpected) point.Entry = _lastPoint = point.ExpectedEntry;
        else if (_metric != 0 && !point.IsScattered)
            point.Entry = FindBehind(ref _lastPoint, 2 * _metric, point.Attributes);
        if (point.Entry != 0)
        {
            _use.Hit();
            return true;
        }
        if (_isCacheUsed) _use.Miss();
        return TryReadLabels(metric, message, ref point);
    }

    /// <summary>Remembers that the point's attributes can be used, if they are as every sender writes them.</summary>
    private void RememberAttributes(ref OtlpPoint point, SeriesId series)
    {
        if (_metric != 0 && point.Entry == 0 && !point.IsScattered)
            point.Entry = AddBehind(ref _lastPoint, 2 * _metric, point.Attributes, series.Value);
    }

    /// <summary>The series of a point with several: none when they are not known.</summary>
    private ReadOnlySpan<uint> FindSeries(in OtlpPoint point, ReadOnlySpan<byte> limits)
    {
        if (point.Entry == 0) return default;
        int owner = 2 * point.Entry + (point.HasSum ? 1 : 0);
        Span<LineEntry> entries = cache!.Entries;
        int entry = entries[point.Entry].FirstField;
        if (!Is(entries[entry], owner, limits))
        {
            entry = cache.Find(owner, limits);
            if (entry == 0) return default;
            entries[point.Entry].FirstField = entry;
        }
        return cache.SeriesOf(entry);
    }

    private void RememberSeries(ref OtlpPoint point, ReadOnlySpan<byte> limits, ReadOnlySpan<uint> series)
    {
        RememberAttributes(ref point, SeriesId.None);
        if (point.Entry == 0) return;
        int entry = cache!.Add(2 * point.Entry + (point.HasSum ? 1 : 0), limits, series);
        cache.Entries[point.Entry].FirstField = entry;
    }

    /// <summary>The labels of a resource that is known to be well-formed, unless they are there.</summary>
    private void ReadResource(in OtlpOrigin origin) =>
        Invariant.Check(_isResourceRead || TryReadIdentity(origin.Resource));

    /// <summary>The name of a metric and its origin's labels, unless they are there.</summary>
    private void ReadMetric(in OtlpMetric metric)
    {
        ReadResource(metric.Origin);
        Invariant.Check(_isScopeRead || TryReadScopeLabels(metric.Origin.Scope, metric.Origin.Schema));
        Invariant.Check(_isNamed || TryReadName(metric));
    }

    /// <summary>Finds a text, first where it is probably: behind the one before.</summary>
    private int FindBehind(ref int last, int owner, ReadOnlySpan<byte> text)
    {
        Span<LineEntry> entries = cache!.Entries;
        int entry = entries[last].Next;
        if (!Is(entries[entry], owner, text))
        {
            entry = cache.Find(owner, text);
            if (entry == 0) return 0;
            if (last != 0) entries[last].Next = entry;
        }
        return last = entry;
    }

    private int AddBehind(ref int last, int owner, ReadOnlySpan<byte> text, uint series)
    {
        int entry = cache!.Add(owner, text, series);
        if (entry == 0) return 0;
        if (last != 0) cache.Entries[last].Next = entry;
        return last = entry;
    }

    /// <summary>Entry 0, which is none, has no owner.</summary>
    private bool Is(in LineEntry entry, int owner, ReadOnlySpan<byte> text) =>
        entry.Owner == owner && text.SequenceEqual(cache!.Texts.Slice(entry.Start, entry.Length));
}
