using System;
using Microsoft.Extensions.Logging;
using Slungd.Native.Memory;
using Slungd.Native.Wasmtime;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasm.Execution;

namespace Slungd.Workflows.Wasmtime;

/// <summary>`--wasm-engine`: which engine runs the guests.</summary>
internal static class EngineChoice
{
    public const string Auto = "auto", Embedded = "embedded", Wasmtime = "wasmtime";

    /// <summary>Names the library's file.</summary>
    public const string Variable = "SLUNGD_WASMTIME_LIB";

    /// <param name="choice">One of the names above; auto takes Wasmtime where it is there and new enough.</param>
    /// <param name="path">What <see cref="Variable"/> says, or null.</param>
    /// <param name="code">Pays for the embedded engine's code.</param>
    /// <param name="log">Gets which engine it is, and for auto why it is not Wasmtime.</param>
    /// <exception cref="EngineUnavailableException">Wasmtime was asked for, and can't be used.</exception>
    public static IWasmEngine Create(string choice, string? path, ByteBudget code, ILogger log)
    {
        if (choice == Embedded) return new EmbeddedEngine(code);
        string? error = TryCreate(path, out WasmtimeEngine? engine, out string place);
        if (error is null)
        {
            WorkflowsLog.UsesWasmtime(log, place);
            return engine!;
        }
        if (choice == Wasmtime)
            throw new EngineUnavailableException($"--wasm-engine wasmtime: {error} ({Variable} may name its file)");
        if (path is null) WorkflowsLog.UsesEmbedded(log, error);
        else WorkflowsLog.CantUseWasmtime(log, error);
        return new EmbeddedEngine(code);
    }

    private static string? TryCreate(string? path, out WasmtimeEngine? engine, out string place)
    {
        engine = null;
        WasmtimeLibrary? library = WasmtimeLibrary.TryLoad(path, out string error);
        place = library?.Path ?? "";
        if (library is null) return error;
        engine = new WasmtimeEngine(library);
        if (EngineProof.Check(engine) is not { } wrong) return null;
        engine.Dispose();
        return $"{place} does not behave as Wasmtime 44 does: {wrong}";
    }
}
