using System.Collections.Generic;

namespace Slungd.Tests.Tidy;

/// <summary>Who may break a rule, and why. An entry that is no longer needed fails its test.</summary>
internal static class Exemptions
{
    private const string WasmMachine = "the interpreter's loop and its helpers: an operand must cost one address "
        + "computation and one access; a checked span doubles both, and this loop is all that a guest's speed is";
    private const string WasmCells = "fills and reads the structures in native memory that the interpreter runs on";

    /// <summary>Files outside Native that use `unsafe`, `Unsafe` or `MemoryMarshal`.</summary>
    public static readonly IReadOnlyDictionary<string, string> Unsafe = new Dictionary<string, string>
    {
        ["Workflows/Wasm/Execution/Interpreter.cs"] = WasmMachine,
        ["Workflows/Wasm/Execution/Calls.cs"] = WasmMachine,
        ["Workflows/Wasm/Execution/RareOperations.cs"] = WasmMachine,
        ["Workflows/Wasm/Execution/BulkOperations.cs"] = WasmMachine,
        ["Workflows/Wasm/Execution/VectorOperations.cs"] = WasmMachine,
        ["Workflows/Wasm/Execution/VectorMemory.cs"] = WasmMachine,
        ["Workflows/Wasm/Execution/Machine.cs"] = WasmCells,
        ["Workflows/Wasm/Execution/EmbeddedStore.cs"] = WasmCells,
        ["Workflows/Wasm/Execution/EmbeddedStore.Linking.cs"] = WasmCells,
        ["Workflows/Wasm/Execution/EmbeddedStore.Calling.cs"] = WasmCells,
        ["Workflows/Wasm/Execution/EmbeddedInstance.cs"] = WasmCells,
        ["Workflows/Wasm/Execution/EmbeddedFunction.cs"] = WasmCells,
        ["Workflows/Wasm/Execution/EmbeddedGlobal.cs"] = WasmCells,
        ["Workflows/Wasm/Execution/EmbeddedMemory.cs"] = WasmCells,
        ["Workflows/Wasm/Execution/EmbeddedTable.cs"] = WasmCells,
        ["Workflows/Wasm/Execution/EmbeddedModule.cs"] = WasmCells,
    };

    /// <summary>Functions longer than the limit, as `Type.Method`.</summary>
    public static readonly IReadOnlyDictionary<string, string> FunctionLength = new Dictionary<string, string>
    {
        ["Interpreter.Run"] = "one switch over all hot instructions: state that two functions share leaves registers",
    };
}
