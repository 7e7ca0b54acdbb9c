using Slungd.Workflows.Wasm;

namespace Slungd.Workflows.Supervisor;

/// <summary>How one run of a guest ended.</summary>
/// <param name="Reason">Null when it ended well.</param>
/// <param name="Trap">With a backtrace, where there was one.</param>
/// <param name="IsHopeless">The next run would end in the same way.</param>
internal readonly record struct RunOutcome(string? Reason, WasmTrap? Trap, bool IsHopeless)
{
    public static readonly RunOutcome Done;

    public static RunOutcome Refused(string reason) => new(reason, null, true);

    public static RunOutcome Failed(string reason, WasmTrap? trap = null) => new(reason, trap, false);
}
