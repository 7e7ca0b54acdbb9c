namespace Slungd.Engine.PromQL.Syntax;

/// <summary>A number, or a duration as a number of seconds.</summary>
internal sealed class NumberLiteral(double value, bool isDuration = false) : Expr
{
    public double Value { get; set; } = value;

    /// <summary>It was written with units, and is printed so.</summary>
    public bool IsDuration { get; } = isDuration;

    public override ValueKind Kind => ValueKind.Scalar;
}
