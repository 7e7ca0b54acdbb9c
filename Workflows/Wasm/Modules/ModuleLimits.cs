namespace Slungd.Workflows.Wasm.Modules;

/// <summary>What a module may have. Mostly the limits that browsers agreed on (WebAssembly JavaScript interface,
/// "Limits"), so that every real module fits and no hostile one costs more than its size.</summary>
internal static class ModuleLimits
{
    public const int ModuleBytes = 16 << 20;
    public const int Types = 100_000;
    public const int Functions = 100_000;
    public const int Imports = 100_000;
    public const int Exports = 100_000;
    public const int Globals = 100_000;
    public const int Segments = 100_000;
    public const int Tables = 1_000;
    public const int Params = 1_000;
    public const int Results = 1_000;

    /// <summary>Parameters included. A run-length coded list can name four billion in six bytes.</summary>
    public const int Locals = 50_000;
    public const int BodyBytes = 7_654_321;
    public const int BranchTargets = 65_520;

    /// <summary>Operands that calls and branches of a body may handle, by its length: real code is far below.</summary>
    public const int WorkPerByte = 32, FreeWork = 100_000;

    /// <summary>Slots of one frame, since an instruction names them with 16 bits.</summary>
    public const int FrameSlots = 65_000;
    public const uint MemoryPages = 65_536;
    public const int PageBytes = 65_536;
}
