namespace Slungd.Engine.PromQL.Syntax;

/// <summary>A node of a query's tree. Types have been checked when a parser returns it.</summary>
internal abstract class Expr
{
    /// <summary>Where the node stands in the query's text.</summary>
    public TextRange Position { get; set; }

    /// <summary>Levels of the tree below and with this node; bounded by the parser.</summary>
    public int Depth { get; protected set; } = 1;

    public abstract ValueKind Kind { get; }

    /// <summary>The expression on one line, as Prometheus prints it.</summary>
    public override string ToString() => ExprPrinter.Print(this);
}
