namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>The times an expression is evaluated at: from start to end by step, both inclusive, in milliseconds.
/// </summary>
internal readonly record struct StepRange(long Start, long End, long Step)
{
    /// <summary>One moment.</summary>
    public static StepRange At(long time) => new(time, time, 1);

    public int Count => End < Start ? 0 : (int)((End - Start) / Step) + 1;

    public long TimeOf(int index) => Start + index * Step;
}
