using System;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.Protobuf;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>OTLP metrics, decoded (opentelemetry-proto, collector/metrics/v1 and metrics/v1): data points go into a
/// <see cref="WriteBatch"/> as Prometheus' own receiver maps them; a point that can't be stored is counted and named,
/// its neighbours stand. Reused; one thread.
/// <code>
/// request   1 resource_metrics { 1 resource { 1 attributes }, 2 scope_metrics }
/// scope     1 scope { 1 name, 2 version, 3 attributes }, 2 metrics, 3 schema_url
/// metric    1 name, 2 description, 3 unit, 5 gauge | 7 sum | 9 histogram | 10 exponential_histogram | 11 summary
/// of these  1 data_points, 2 aggregation_temporality, 3 is_monotonic
/// </code></summary>
/// <param name="precision">The sink's.</param>
/// <param name="batch">Receives the samples; its owner clears it before, and commits it by <see cref="Commit"/>.
/// </param>
/// <param name="notes">Receives metadata and exemplars.</param>
/// <param name="deltas">Adds up deltas; shared by all decoders.</param>
/// <param name="encode">Makes the payload of a native histogram; null when it is none.</param>
/// <param name="cache">Remembers series by what was sent; null: that is always read. Nobody else uses it.</param>
internal sealed partial class OtlpDecoder(Precision precision, WriteBatch batch, IMetricNotes notes, DeltaTable deltas,
    Func<OtlpHistogram, byte[]?> encode, LineCache? cache = null)
{
    private const string NoTemporality = "expected an aggregation temporality: delta or cumulative";
    private const string BadName =
        "expected a name with a letter or a digit, of at most 65535 bytes, and texts in UTF-8";

    private readonly OtlpLabels _labels = new();
    private readonly AnyValueText _text = new();
    private readonly OtlpName _name = new();
    private readonly PointRuns _runs = new();
    private readonly DeltaBatch _deltas = new(deltas, batch);
    private ulong _firstTime, _lastTime; // of the resource's points
    private ulong _time; // of the point before
    private long _timestamp; // the same in store precision

    /// <summary>Data points of the request.</summary>
    public long Points { get; private set; }

    /// <summary>Of those, the ones that never reached the batch.</summary>
    public long Malformed { get; private set; }

    /// <summary>Why the first point could not be used; null when all could, as far as one can see here.</summary>
    public string? Problem { get; private set; }

    /// <summary>What was left out though no point was rejected for it; null: nothing.</summary>
    public string? Warning { get; private set; }

    /// <summary>Decodes an ExportMetricsServiceRequest.</summary>
    /// <param name="body">The message, uncompressed.</param>
    /// <returns>False when it is not such a message: <see cref="Problem"/> says up to where it was. What stood before
    /// is in the batch.</returns>
    public bool TryDecode(ReadOnlySpan<byte> body)
    {
        (Points, Malformed, Problem, Warning) = (0, 0, null, null);
        _runs.Clear();
        _deltas.Clear();
        BeginWithCache();
        var request = new ProtoReader(body);
        while (request.MoveNext())
            if (request is { Field: 1, IsBytes: true } && !TryReadResource(request.Bytes)) return Fail();
        return !request.IsMalformed || Fail();
    }

    /// <summary>Ends the batch; sums of deltas that were refused are taken back.</summary>
    /// <returns>See <see cref="WriteBatch.Commit"/>.</returns>
    public ulong Commit()
    {
        ulong commit = batch.Commit();
        _deltas.Settle();
        return commit;
    }

    /// <summary>After the commit: how many data points were not kept, or not wholly.</summary>
    public long Rejected() => Malformed + _runs.Refused(batch.Refusals);

    private bool Fail()
    {
        Problem = $"expected an ExportMetricsServiceRequest; it is malformed at or behind data point {Points}";
        return false;
    }

    private bool TryReadResource(ReadOnlySpan<byte> message)
    {
        (_firstTime, _lastTime) = (ulong.MaxValue, 0);
        OtlpOrigin origin = default;
        int resources = 0;
        var fields = new ProtoReader(message);
        while (fields.MoveNext())
        {
            if (fields.Field != 1 || !fields.IsBytes) continue;
            origin.Resource = fields.Bytes;
            resources++;
        }
        if (fields.IsMalformed) return false;
        if (resources > 1) origin.Resource = ProtoReader.Merge(message, 1);
        if (!TryTakeResource(origin)) return false;
        fields = new ProtoReader(message);
        while (fields.MoveNext())
            if (fields is { Field: 2, IsBytes: true } && !TryReadScope(origin, fields.Bytes)) return false;
        return TryAddTargetInfo(origin);
    }

    private bool TryReadScope(OtlpOrigin origin, ReadOnlySpan<byte> message)
    {
        int scopes = 0;
        var fields = new ProtoReader(message);
        while (fields.MoveNext())
        {
            if (!fields.IsBytes) continue;
            if (fields.Field == 3) origin.Schema = fields.Bytes;
            if (fields.Field != 1) continue;
            origin.Scope = fields.Bytes;
            scopes++;
        }
        if (fields.IsMalformed) return false;
        if (scopes > 1) origin.Scope = ProtoReader.Merge(message, 1);
        if (!TryTakeScope(origin)) return false;
        fields = new ProtoReader(message);
        while (fields.MoveNext())
            if (fields is { Field: 2, IsBytes: true } && !TryReadMetric(origin, fields.Bytes)) return false;
        return true;
    }

    private bool TryReadMetric(in OtlpOrigin origin, ReadOnlySpan<byte> message)
    {
        OtlpMetric metric = default;
        metric.Origin = origin;
        int first = 0, count = 0; // of the messages with points
        var fields = new ProtoReader(message);
        for (int start = 0; fields.MoveNext(); start = fields.At)
        {
            if (!fields.IsBytes) continue;
            switch (fields.Field)
            {
                case 1: metric.Name = fields.Bytes; metric.Head = default; break;
                case 2: metric.Help = fields.Bytes; metric.Head = default; break;
                case 3: metric.Unit = fields.Bytes; metric.Head = default; break;
                case 5 or 7 or 9 or 10 or 11:
                    if (metric.Kind != fields.Field) // the last kind holds
                        (metric.Kind, metric.Temporality, metric.IsMonotonic, first, count) =
                            (fields.Field, 0, false, start, 0);
                    metric.Data = fields.Bytes;
                    metric.Head = ++count == 1 ? message[..(start + 1)] : default; // with the field's number
                    if (!TryReadKind(ref metric)) return false;
                    break;
            }
        }
        if (fields.IsMalformed) return false;
        bool isNamed = TryTakeMetric(metric);
        if (count <= 1) return TryReadPoints(metric, isNamed);
        // As protobuf merges what stands there more than once.
        fields = new ProtoReader(message) { At = first };
        while (fields.MoveNext())
        {
            if (fields.Field != metric.Kind || !fields.IsBytes) continue;
            metric.Data = fields.Bytes;
            if (!TryReadPoints(metric, isNamed)) return false;
        }
        return true;
    }

    /// <summary>What a message says besides its points.</summary>
    private static bool TryReadKind(ref OtlpMetric metric)
    {
        var data = new ProtoReader(metric.Data);
        while (data.MoveNext())
        {
            if (!data.IsVarint) continue;
            if (data.Field == 2) metric.Temporality = data.Number;
            else if (data.Field == 3) metric.IsMonotonic = data.Number != 0;
        }
        return !data.IsMalformed;
    }

    private bool TryReadPoints(in OtlpMetric metric, bool isNamed)
    {
        string? problem = _originProblem ?? (!isNamed ? BadName : metric.HasTemporality ? null : NoTemporality);
        var points = new ProtoReader(metric.Data);
        while (points.MoveNext())
        {
            if (points.Field != 1 || !points.IsBytes) continue;
            Points++;
            bool isRead = problem is not null || metric.Kind switch
            {
                9 => TryReadHistogram(metric, points.Bytes),
                10 => TryReadExponential(metric, points.Bytes),
                11 => TryReadSummary(metric, points.Bytes),
                _ => TryReadNumber(metric, points.Bytes),
            };
            if (!isRead) return false;
            if (problem is not null) Reject(metric, problem);
        }
        return true;
    }

    private static MetricType TypeOf(in OtlpMetric metric) => metric.Kind switch
    {
        7 when metric.IsCounter => MetricType.Counter,
        5 or 7 => MetricType.Gauge,
        9 or 10 => MetricType.Histogram,
        _ => MetricType.Summary,
    };

    /// <summary>Whether a point can be stored; if not it is rejected.</summary>
    private bool TryTake(in OtlpMetric metric, ref OtlpPoint point)
    {
        if (point.HasBadLabel)
            return Reject(metric, "an attribute is too long, has no name, is not in UTF-8, or is one too many");
        if (point.Time == 0) return Reject(metric, "expected time_unix_nano");
        if (point.Time != _time)
        {
            if (!precision.TryFromNanoseconds(point.Time, out long timestamp))
                return Reject(metric, "the time is beyond the year 2262, where a store of nanoseconds ends");
            (_time, _timestamp) = (point.Time, timestamp);
        }
        point.Timestamp = _timestamp;
        _firstTime = Math.Min(_firstTime, point.Time);
        _lastTime = Math.Max(_lastTime, point.Time);
        return true;
    }

    /// <summary>Before a point's samples: whether the store would refuse it because of its time, and it is a delta.
    /// Then it is refused here, so that it adds nothing up and makes none behind it late.</summary>
    private bool IsRefusedDelta(in OtlpMetric metric, in OtlpPoint point, int samples)
    {
        if (!metric.IsSumOfDeltas || point.IsStale) return false;
        _deltas.MakeRoom(samples);
        RefusalCode code = batch.CheckTime(point.Timestamp);
        if (code == RefusalCode.None) return false;
        Refuse(code, samples);
        return true;
    }

    /// <summary>Refuses a point as the store would.</summary>
    private void Refuse(RefusalCode code, int samples)
    {
        _runs.Add(batch.Count, samples);
        for (int i = 0; i < samples; i++) batch.AddRefused(code);
    }

    private bool Reject(in OtlpMetric metric, string problem)
    {
        Malformed++;
        Problem ??= $"data point {Points}, of {NameOf(metric)}: {problem}";
        return false;
    }

    private static string NameOf(in OtlpMetric metric) => Shown(metric.Name);

    private static string Shown(ReadOnlySpan<byte> text) =>
        Encoding.UTF8.GetString(text.Length <= 100 ? text : text[..100]);
}
