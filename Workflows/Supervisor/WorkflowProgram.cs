using Slungd.Workflows.Wasm;

namespace Slungd.Workflows.Supervisor;

/// <summary>What a workflow runs.</summary>
/// <param name="Module">Compiled and linkable.</param>
/// <param name="ModuleBytes">Its length.</param>
/// <param name="Config">How to run it.</param>
internal sealed record WorkflowProgram(IWasmModule Module, int ModuleBytes, WorkflowConfig Config);
