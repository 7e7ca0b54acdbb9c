using System;
using System.Collections.Generic;
using System.Runtime.ExceptionServices;
using System.Threading;
using Slungd.Native.Checks;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>
/// Evaluates series on the query's own thread and on helpers from the thread pool, each with its own cursors of the
/// query's view. The series are taken in shares, in order; outcomes wait in a ring until the query's thread settles
/// them in order, so sums, annotations, accounts and the failure that ends a query are those of one thread. A helper
/// that the pool starts too late finds nothing to do; the query's thread never waits for one that has not started.
/// Windows are held once a thread and accounted for once.
/// </summary>
internal sealed class SharedLoop : IThreadPoolWorkItem
{
    private readonly QueryContext _context;
    private readonly List<SelectedSeries> _found;
    private readonly int _start;
    private readonly int _share;
    private readonly int _shares;
    private readonly int _steps;
    private readonly SeriesStart _startRun;
    private readonly int _helpers;
    private readonly long _held; // by the query besides its windows
    private readonly object _lock = new(); // a monitor: threads wait on it
    private readonly SeriesOutcome[][] _ring;
    private readonly bool[] _ready;
    private int _next; // the share to be taken next
    private int _settled; // so many are done with
    private int _active; // helpers at work
    private long _room; // reserved for the largest window
    private volatile bool _closed;

    /// <param name="context">The query.</param>
    /// <param name="found">Its selector's series.</param>
    /// <param name="start">The first that is left.</param>
    /// <param name="share">How many are taken at once.</param>
    /// <param name="steps">Of the query.</param>
    /// <param name="startRun">For each thread.</param>
    /// <param name="room">What the query has reserved for its own run.</param>
    /// <remarks>The caller has taken one processor; more are taken here, as many as are of use.</remarks>
    public SharedLoop(QueryContext context, List<SelectedSeries> found, int start, int share, int steps,
        SeriesStart startRun, long room)
    {
        (_context, _found, _start, _share, _steps, _startRun) = (context, found, start, share, steps, startRun);
        (_room, _held) = (room, context.SamplesHeld - room);
        _shares = (found.Count - start + share - 1) / share;
        _helpers = 1;
        while (_helpers + 1 < _shares && context.Workers.TryEnter()) _helpers++;
        _ring = new SeriesOutcome[Math.Min(_shares, 2 * (_helpers + 1))][];
        _ready = new bool[_ring.Length];
    }

    /// <summary>Evaluates all that is left.</summary>
    /// <param name="to">Where the series go, in their order, on this thread.</param>
    public void Run(ColumnSink to)
    {
        for (int i = 0; i < _helpers; i++) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        try
        {
            QueryContext worker = _context.Fork(_held);
            OutcomeSink sink = new();
            using SeriesRun run = _startRun(worker, sink);
            while (_settled < _shares)
            {
                int share = Take(settles: true, out bool isReady);
                if (isReady) Settle(share, to);
                else Evaluate(share, worker, run, sink);
            }
            AddCounts(worker);
        }
        finally
        {
            Close();
        }
    }

    /// <summary>A helper.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            lock (_lock)
            {
                if (_closed) return;
                _active++;
            }
            Help();
        }
        finally
        {
            _context.Workers.Leave();
        }
    }

    private void Help()
    {
        try
        {
            QueryContext worker = _context.Fork(_held);
            OutcomeSink sink = new();
            using SeriesRun run = _startRun(worker, sink);
            for (int share = Take(settles: false, out _); share >= 0; share = Take(settles: false, out _))
                _context.Workers.CountHelp(Evaluate(share, worker, run, sink));
            AddCounts(worker);
        }
        finally
        {
            lock (_lock)
            {
                _active--;
                Monitor.PulseAll(_lock);
            }
        }
    }

    private void AddCounts(QueryContext worker)
    {
        if (worker.Counts is null) return;
        lock (_lock) _context.Counts!.Add(worker.Counts);
    }

    // The next share to evaluate or, for the query's thread, the ready one to settle, which goes first; -1 when there
    // is nothing more to do.
    private int Take(bool settles, out bool isReady)
    {
        lock (_lock)
        {
            while (!_closed)
            {
                isReady = settles && _ready[_settled % _ring.Length];
                if (isReady) return _settled;
                if (_next < _shares && _next - _settled < _ring.Length) return _next++;
                if (_next == _shares && !settles) break;
                Monitor.Wait(_lock);
            }
            isReady = false;
            return -1;
        }
    }

    // How many series were evaluated.
    private int Evaluate(int share, QueryContext worker, SeriesRun run, OutcomeSink sink)
    {
        int from = _start + share * _share, count = Math.Min(_share, _found.Count - from);
        SeriesOutcome[] outcomes = _ring[share % _ring.Length] ??= new SeriesOutcome[_share];
        int done = 0;
        while (done < count && !_closed)
        {
            SeriesOutcome outcome = sink.Current = outcomes[done] ??= new SeriesOutcome(_steps);
            EvaluateOne(_found[from + done], worker, run, outcome);
            done++;
            if (outcome.HasFailed) break; // settling ends there
        }
        lock (_lock)
        {
            _ready[share % _ring.Length] = true;
            Monitor.PulseAll(_lock);
        }
        return done;
    }

    private static void EvaluateOne(SelectedSeries series, QueryContext worker, SeriesRun run, SeriesOutcome outcome)
    {
        long before = worker.SamplesRead;
        ExceptionDispatchInfo? failure = null;
        outcome.Begin();
        try
        {
            run.Run(series);
        }
        catch (Exception e) // whatever it is: the query's thread throws it
        {
            failure = ExceptionDispatchInfo.Capture(e);
        }
        outcome.End(worker, worker.SamplesRead - before, run.Room, failure);
    }

    private void Settle(int share, ColumnSink to)
    {
        Invariant.Check(share == _settled);
        int count = Math.Min(_share, _found.Count - _start - share * _share);
        SeriesOutcome[] outcomes = _ring[share % _ring.Length];
        for (int i = 0; i < count; i++) outcomes[i].Settle(_context, ref _room, to);
        lock (_lock)
        {
            _ready[share % _ring.Length] = false;
            _settled++;
            Monitor.PulseAll(_lock);
        }
    }

    // Nobody touches the view any more when this returns.
    private void Close()
    {
        lock (_lock)
        {
            _closed = true;
            Monitor.PulseAll(_lock);
            while (_active > 0) Monitor.Wait(_lock);
        }
    }

    /// <summary>Takes each series' column to its outcome.</summary>
    private sealed class OutcomeSink : ColumnSink
    {
        public SeriesOutcome? Current { get; set; }

        public override void Accept(LabelSet labels, bool dropName, StepColumn column) =>
            Current!.Accept(labels, dropName, column);
    }
}
