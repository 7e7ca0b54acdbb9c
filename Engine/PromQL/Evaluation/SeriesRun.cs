using System;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Evaluates one series of a selector after the other, in their order, into a sink. One thread; several of
/// them may read one view at once.</summary>
internal abstract class SeriesRun : IDisposable
{
    /// <summary>Samples for which room was made, beyond what every run has; never less than before.</summary>
    public abstract long Room { get; }

    /// <summary>Evaluates one series; what has no value goes nowhere.</summary>
    public abstract void Run(SelectedSeries series);

    public abstract void Dispose();
}
