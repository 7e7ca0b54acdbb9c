using System.Collections.Generic;
using System.Runtime.ExceptionServices;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>What became of one series on whichever thread: all that evaluating it on the query's own thread would have
/// done there, to be done later in the series' order. Reused.</summary>
/// <param name="steps">Of the query.</param>
internal sealed class SeriesOutcome(int steps) : ColumnSink
{
    private readonly StepColumn _column = new(steps);
    private readonly List<PromQLAnnotation> _annotations = [];
    private LabelSet _labels = LabelSet.Empty;
    private bool _dropName;
    private bool _hasColumn;
    private long _samples;
    private long _room;
    private ExceptionDispatchInfo? _failure;

    public bool HasFailed => _failure is not null;

    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        (_labels, _dropName, _hasColumn) = (labels, dropName, true);
        _column.CopyFrom(column);
    }

    public void Begin()
    {
        _annotations.Clear();
        _hasColumn = false;
        _failure = null;
    }

    /// <summary>The series has been evaluated.</summary>
    public void End(QueryContext worker, long samples, long room, ExceptionDispatchInfo? failure)
    {
        (_samples, _room, _failure) = (samples, room, failure);
        worker.Annotations.TakeFresh(_annotations);
    }

    /// <summary>Does it all to the query: its account, its annotations, its sink, or fails as the series did.</summary>
    /// <param name="query">The query.</param>
    /// <param name="room">The room that is reserved already; raised.</param>
    /// <param name="to">The sink.</param>
    public void Settle(QueryContext query, ref long room, ColumnSink to)
    {
        query.Read(_samples);
        if (_room > room)
        {
            query.Reserve(_room - room);
            room = _room;
        }
        foreach (PromQLAnnotation annotation in _annotations) query.Annotations.Add(annotation);
        _failure?.Throw();
        if (_hasColumn) to.Accept(_labels, _dropName, _column);
        _labels = LabelSet.Empty;
    }
}
