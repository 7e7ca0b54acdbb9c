using System;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Ends the evaluation of one query from any depth. Caught where the query was started, and answered as a
/// status: no caller of the engine sees it.</summary>
internal sealed class QueryFailure(PromQLStatus status, string message) : Exception(message)
{
    public PromQLStatus Status { get; } = status;

    public static QueryFailure Execution(string message) => new(PromQLStatus.Failed, message);

    public static QueryFailure SameLabels() => Execution("vector cannot contain metrics with the same labelset");
}
