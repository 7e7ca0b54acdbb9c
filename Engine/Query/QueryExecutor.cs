using System;
using System.IO;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>Answers queries over history. Any thread; each call opens its own view.</summary>
internal sealed class QueryExecutor(ISeriesReader reader, TimeProvider clock, Limits limits)
{
    private const int MaxAttempts = 8;

    /// <summary>The unit that queries must have been read with.</summary>
    public Precision Precision => reader.Precision;

    /// <summary>How long queries took.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>Runs a query on the calling thread. What the caller did wrong is in the result's status; only a broken
    /// disk or a bug throws.</summary>
    public QueryResult Execute(DslQuery query, in QueryOptions options)
    {
        long start = clock.GetTimestamp();
        QueryResult result = Run(query, options);
        Latency.Record(clock.GetElapsedTime(start));
        return result;
    }

    private QueryResult Run(DslQuery query, in QueryOptions options)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return RunOnce(query, options);
            }
            catch (IOException) when (attempt < MaxAttempts)
            {
                // A corrupt file was found, reported and put aside by the store: a new view answers without it.
            }
        }
    }

    private QueryResult RunOnce(DslQuery query, in QueryOptions options)
    {
        QueryGuard guard = new(clock, options, limits);
        if (!guard.MayGoOn()) return Failed(query, guard.Status, guard.Error!);
        if (query.Op == QueryOp.Raw) return Raw(query, options, guard);
        if (options.Cursor is not null || options.Limit is not null)
            return Failed(query, QueryStatus.BadRequest, "expected RAW: only its answers have a limit and a cursor");
        using SeriesView view = reader.OpenView();
        QueryGroup[] groups = new AggregateScan(query, view, guard, options.ForceScan).Run(RangeNow(query));
        if (guard.Status != QueryStatus.Done) return Failed(query, guard.Status, guard.Error!);
        return new QueryResult { Query = query, Groups = groups };
    }

    private QueryResult Raw(DslQuery query, in QueryOptions options, QueryGuard guard)
    {
        int limit = options.Limit ?? limits.DefaultRawLimit;
        if (limit < 1 || limit > limits.MaxRawLimit)
            return Failed(query, QueryStatus.BadRequest, $"expected a limit from 1 to {limits.MaxRawLimit}");
        RawCursor? after = null;
        if (options.Cursor is not null)
        {
            after = RawCursor.FromToken(options.Cursor, query);
            if (after is null)
                return Failed(query, QueryStatus.BadRequest, "expected as cursor the next of an answer to this query");
        }
        using SeriesView view = reader.OpenView();
        TimeRange range = after?.Range ?? RangeNow(query);
        RawScan scan = new(query, view, guard, limit, limits.MaxRawPayloadBytes);
        QueryPoint[] points = scan.Run(range, after, out RawCursor? next);
        if (guard.Status != QueryStatus.Done) return Failed(query, guard.Status, guard.Error!);
        return new QueryResult { Query = query, Points = points, Next = next?.ToToken(query) };
    }

    private TimeRange RangeNow(DslQuery query) => query.RangeAt(reader.Precision.Now(clock));

    private static QueryResult Failed(DslQuery query, QueryStatus status, string error) =>
        new() { Query = query, Status = status, Error = error };
}
