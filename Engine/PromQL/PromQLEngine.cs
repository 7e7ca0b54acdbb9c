using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL;

/// <summary>Answers PromQL over history. Any thread; each query runs on its caller's, helped by idle processors when it
/// is large, and opens its own view.</summary>
/// <param name="reader">The store.</param>
/// <param name="clock">For time limits.</param>
/// <param name="maxConcurrent">Queries at once; each holds up to its samples in memory.</param>
/// <param name="workers">The threads of all queries of the process; null: as many as there are processors.</param>
internal sealed class PromQLEngine(ISeriesReader reader, TimeProvider clock, int maxConcurrent = 20,
    QueryWorkers? workers = null)
{
    private const int MaxAttempts = 8;
    private const long MaxTime = long.MaxValue / 4;

    private readonly QueryWorkers _workers = workers ?? new QueryWorkers(Environment.ProcessorCount);
    private readonly long[] _results = new long[(int)PromQLStatus.Busy + 1];
    private int _running;

    /// <summary>How long queries took.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>How many queries ended so.</summary>
    public long Results(PromQLStatus status) => Volatile.Read(ref _results[(int)status]);

    /// <summary>Evaluates a query at one moment, in milliseconds.</summary>
    public PromQLResult Instant(string text, long time, in PromQLOptions options) =>
        Counted(Run(text, StepRange.At(time), isRange: false, options));

    /// <summary>Evaluates a query from start to end by step, in milliseconds.</summary>
    public PromQLResult Range(string text, long start, long end, long step, in PromQLOptions options) =>
        Counted(RangeOf(text, start, end, step, options));

    private PromQLResult RangeOf(string text, long start, long end, long step, in PromQLOptions options)
    {
        if (step <= 0) return Failed(PromQLStatus.BadTimes,
            "zero or negative query resolution step widths are not accepted: expected a step above 0");
        if (end < start) return Failed(PromQLStatus.BadTimes, "end timestamp must not be before start time");
        Int128 steps = ((Int128)end - start) / step;
        if (steps > options.MaxSteps)
            return Failed(PromQLStatus.BadTimes, string.Create(CultureInfo.InvariantCulture,
                $"exceeded maximum resolution of {options.MaxSteps:N0} points per timeseries: expected a longer step"));
        return Run(text, new StepRange(start, end, step), isRange: true, options);
    }

    private PromQLResult Run(string text, StepRange range, bool isRange, in PromQLOptions options)
    {
        if (range.Start is < -MaxTime or > MaxTime || range.End is < -MaxTime or > MaxTime)
            return Failed(PromQLStatus.BadTimes, "timestamp out of bounds");
        if (!Parser.TryParse(text, options.Language, out Expr? expr, out SyntaxError error))
            return Failed(PromQLStatus.BadQuery, error.In(text));
        if (isRange && expr.Kind is not (ValueKind.InstantVector or ValueKind.Scalar))
            return Failed(PromQLStatus.BadQuery,
                $"invalid expression type \"{expr.Kind.Name()}\" for range query, must be Scalar or instant Vector");
        long started = clock.GetTimestamp();
        _workers.Enter();
        try
        {
            if (Interlocked.Increment(ref _running) > maxConcurrent)
                return Failed(PromQLStatus.Busy, $"{maxConcurrent} queries run already: try again later");
            return Attempt(expr, range, isRange, options);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
            _workers.Leave();
            Latency.Record(clock.GetElapsedTime(started));
        }
    }

    private PromQLResult Counted(PromQLResult result)
    {
        Interlocked.Increment(ref _results[(int)result.Status]);
        return result;
    }

    private PromQLResult Attempt(Expr expr, StepRange range, bool isRange, in PromQLOptions options)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return Answer(expr, range, isRange, options);
            }
            catch (QueryFailure failure)
            {
                return Failed(failure.Status, failure.Message);
            }
            catch (IOException) when (attempt < MaxAttempts)
            {
                // A corrupt file was found, reported and put aside by the store: a new view answers without it.
            }
        }
    }

    private PromQLResult Answer(Expr expr, StepRange range, bool isRange, in PromQLOptions options)
    {
        using SeriesView view = reader.OpenView();
        QueryContext context = new(view, reader.Precision, options, clock, _workers) { Outermost = range };
        if (options.WantsStatistics) context.Counts = new SampleCounts(range.Count);
        long began = clock.GetTimestamp();
        PromQLResult result = Answer(expr, range, isRange, context, out TimeSpan sorting);
        if (options.WantsStatistics)
        {
            result.Statistics = new PromQLStatistics
            {
                Preparing = context.Preparing,
                Evaluating = clock.GetElapsedTime(began) - sorting - context.Preparing,
                Sorting = sorting,
                SamplesHeld = context.SamplesHeld,
                SamplesOfSteps = context.Counts!.Steps.ToArray(),
                Start = range.Start,
                Step = range.Step,
            };
        }
        return result;
    }

    private PromQLResult Answer(Expr expr, StepRange range, bool isRange, QueryContext context, out TimeSpan sorting)
    {
        Evaluator evaluator = new(context);
        sorting = TimeSpan.Zero;
        switch (expr.Kind)
        {
            case ValueKind.Text:
                return Done(context, range, PromQLResultKind.Text, text: Evaluator.TextOf(expr));
            case ValueKind.Scalar when !isRange:
                return Done(context, range, PromQLResultKind.Scalar, scalar: evaluator.EvaluateScalar(expr, range)[0]);
            case ValueKind.RangeVector:
                return Done(context, range, PromQLResultKind.Matrix, RawSeries(evaluator, expr, range.Start, context));
            default:
                ResultTable table = new(context);
                if (expr.Kind == ValueKind.Scalar) table.AddScalar(evaluator.EvaluateScalar(expr, range));
                else evaluator.Evaluate(expr, range, table);
                PromQLResultKind kind = isRange ? PromQLResultKind.Matrix : PromQLResultKind.Vector;
                long evaluated = clock.GetTimestamp();
                List<PromQLSeries> series = table.ToSeries(range, sorted: isRange);
                sorting = clock.GetElapsedTime(evaluated);
                return Done(context, range, kind, series);
        }
    }

    private static List<PromQLSeries> RawSeries(Evaluator evaluator, Expr expr, long time, QueryContext context)
    {
        List<PromQLSeries> series = [];
        evaluator.EvaluateRaw(Evaluator.Unwrap(expr), time, (labels, dropName, window) =>
        {
            context.Reserve(window.Values.Length + window.HistogramCount);
            labels.Read();
            series.Add(RawSamples.ToSeries(dropName ? labels.WithoutMetadata() : labels, window, context.Scale));
        });
        series.Sort(static (a, b) => a.Labels.CompareTo(b.Labels));
        return series;
    }

    private static PromQLResult Done(QueryContext context, StepRange range, PromQLResultKind kind,
        IReadOnlyList<PromQLSeries>? series = null, double scalar = 0, string text = "") => new()
    {
        Kind = kind,
        Time = range.Start,
        Scalar = scalar,
        Text = text,
        Series = series ?? [],
        Annotations = context.Annotations.All,
        SamplesRead = context.SamplesRead,
        SamplesHeld = context.SamplesHeld,
    };

    private static PromQLResult Failed(PromQLStatus status, string error) => new() { Status = status, Error = error };
}
