namespace Slungd.Engine.Model;

/// <summary>What a block of points amounts to. NaN values count and make Sum NaN, but never win Min or Max (both NaN
/// when all are). Sum is compensated: it is <see cref="Sum"/> + <see cref="SumLow"/>. Readers see by Sum whether a
/// block may hold stale markers.</summary>
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
