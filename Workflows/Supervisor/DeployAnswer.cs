namespace Slungd.Workflows.Supervisor;

/// <param name="Refusal">None: done.</param>
/// <param name="Error">For people; empty when it is done.</param>
internal readonly record struct DeployAnswer(DeployRefusal Refusal, string Error)
{
    public static readonly DeployAnswer Done = new(DeployRefusal.None, "");

    public bool IsDone => Refusal == DeployRefusal.None;
}
