namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Where an expression's series go, one after the other: so that aggregations never hold all of
/// them.</summary>
internal abstract class ColumnSink
{
    /// <summary>Takes one series. The column is the caller's: it may be changed during the call and is dead after it.
    /// </summary>
    /// <param name="labels">Its labels.</param>
    /// <param name="dropName">The name is to fall away at the end (delayed name removal).</param>
    /// <param name="column">Its values; empty columns are allowed and mean nothing.</param>
    public abstract void Accept(LabelSet labels, bool dropName, StepColumn column);
}
