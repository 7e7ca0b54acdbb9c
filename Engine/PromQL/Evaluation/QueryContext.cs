using System;
using System.Globalization;
using Slungd.Engine.Model;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>What one running query shares among its parts: the view of the store, its bounds, its
/// annotations.</summary>
internal sealed class QueryContext
{
    private const int LooksPerClock = 64; // reading the clock costs more than a series' few samples
    private const int WorkPerLook = 1 << 16;

    private readonly TimeProvider _clock;
    private readonly long _started;
    private long _samples;
    private int _looks;
    private long _work;
    private SymbolLabels? _symbols;

    public QueryContext(SeriesView view, Precision precision, in PromQLOptions options, TimeProvider clock,
        QueryWorkers workers)
    {
        View = view;
        Workers = workers;
        Options = options;
        Scale = new TimeScale(precision);
        _clock = clock;
        _started = clock.GetTimestamp();
    }

    private QueryContext(QueryContext query, long held)
    {
        (View, Workers, Options, Scale, Outermost) =
            (query.View, query.Workers, query.Options, query.Scale, query.Outermost);
        (_clock, _started, _samples) = (query._clock, query._started, held);
        Annotations = new Annotator(keepsFresh: true);
        if (query.Counts is { } counts) Counts = new SampleCounts(counts.Steps.Length);
    }

    public SeriesView View { get; }

    public QueryWorkers Workers { get; }

    public PromQLOptions Options { get; }

    public TimeScale Scale { get; }

    public Annotator Annotations { get; } = new();

    public LabelReader Labels { get; } = new();

    /// <summary>Reads labels when they are asked for; null where the view can't do that for the series selected.
    /// </summary>
    public SymbolLabels? SymbolsNow() =>
        View.Symbols is { } symbols ? _symbols ??= new SymbolLabels(symbols) : null;

    /// <summary>The outermost range, which `@ start()` and `@ end()` speak of.</summary>
    public StepRange Outermost { get; set; }

    /// <summary>Samples read from the store.</summary>
    public long SamplesRead { get; private set; }

    /// <summary>Samples looked at, when statistics are wanted and this is not inside a subquery; else null. What is to
    /// be evaluated takes it when it begins.</summary>
    public SampleCounts? Counts { get; set; }

    /// <summary>How long finding series took, when statistics are wanted.</summary>
    public TimeSpan Preparing { get; private set; }

    /// <summary>The most samples held at once.</summary>
    public long SamplesHeld => _samples;

    /// <summary>What `step()` means in an instant query, in milliseconds.</summary>
    public long DefaultStep => Options.SubqueryStep;

    public bool DelaysNames => Options.DelayedNameRemoval;

    /// <summary>For a thread that helps: the same query, with an account and annotations of its own. Any
    /// thread.</summary>
    /// <param name="held">Samples that the query holds besides.</param>
    public QueryContext Fork(long held) => new(this, held);

    /// <summary>When something began, for <see cref="EndPreparing"/>; 0 when statistics are not wanted.</summary>
    public long BeginPreparing() => Options.WantsStatistics ? _clock.GetTimestamp() : 0;

    public void EndPreparing(long began)
    {
        if (began != 0) Preparing += _clock.GetElapsedTime(began);
    }

    /// <summary>Accounts for samples that stay in memory until the query ends.</summary>
    public void Reserve(long samples)
    {
        _samples += samples;
        if (_samples > Options.MaxSamples)
            throw new QueryFailure(PromQLStatus.TooLarge, string.Create(CultureInfo.InvariantCulture,
                $"the query would hold more than {Options.MaxSamples} samples: expected a shorter range, a longer " +
                $"step or fewer series"));
    }

    public void Release(long samples) => _samples -= samples;

    /// <summary>Accounts for samples read, and ends the query when it is out of time or not wanted any more.</summary>
    public void Read(long samples)
    {
        SamplesRead += samples;
        if (++_looks % LooksPerClock == 0 || samples > 4096) Look();
    }

    /// <summary>Accounts for samples that a function looks at, the same ones in each window again: long windows over
    /// many steps take time although little is read.</summary>
    public void Work(int samples)
    {
        _work += samples;
        if (_work < WorkPerLook) return;
        _work = 0;
        Look();
    }

    public void CheckSeries(int count)
    {
        if (count > Options.MaxSeries)
            throw new QueryFailure(PromQLStatus.TooLarge, string.Create(CultureInfo.InvariantCulture,
                $"a selector matches more than {Options.MaxSeries} series: expected more or stricter matchers"));
    }

    /// <summary>Bounds the steps of subqueries, whose ranges are the caller's.</summary>
    public void CheckSteps(StepRange range)
    {
        Int128 steps = ((Int128)range.End - range.Start) / range.Step + 1;
        if (steps > Options.MaxSamples || steps > int.MaxValue / 16)
            throw new QueryFailure(PromQLStatus.TooLarge, string.Create(CultureInfo.InvariantCulture,
                $"a subquery would have {steps} steps, more than {Options.MaxSamples}: expected a longer step"));
    }

    /// <summary>Ends the query when it is out of time or not wanted any more.</summary>
    public void Look()
    {
        if (Options.Cancellation.IsCancellationRequested)
            throw new QueryFailure(PromQLStatus.Cancelled, "query was canceled in query execution");
        if (Options.TimeLimit > TimeSpan.Zero && _clock.GetElapsedTime(_started) >= Options.TimeLimit)
            throw new QueryFailure(PromQLStatus.TimedOut, string.Create(CultureInfo.InvariantCulture,
                $"query timed out in query execution: it took longer than {Options.TimeLimit.TotalSeconds:0.###} s"));
    }
}
