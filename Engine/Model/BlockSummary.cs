namespace Slungd.Engine.Model;

/// <summary>What a block of points amounts to. NaN values count, but never win Min or Max (both NaN when all are).
/// Sum is compensated: <see cref="Sum"/> + <see cref="SumLow"/> is the sum of the values that are not
/// NaN-poisoned.</summary>
internal struct BlockSummary
{
    public long Count;
    public long FirstTimestamp;
    public long LastTimestamp;
    public double Min;
    public double Max;
    public double Sum;
    public double SumLow;
    public double First;
    public double Last;
}
