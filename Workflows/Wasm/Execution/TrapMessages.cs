namespace Slungd.Workflows.Wasm.Execution;

/// <summary>Traps in the words of the specification's tests.</summary>
internal static class TrapMessages
{
    public static string Of(WasmTrapKind kind) => kind switch
    {
        WasmTrapKind.Unreachable => "unreachable",
        WasmTrapKind.MemoryOutOfBounds => "out of bounds memory access",
        WasmTrapKind.TableOutOfBounds => "out of bounds table access",
        WasmTrapKind.UndefinedElement => "undefined element",
        WasmTrapKind.UninitializedElement => "uninitialized element",
        WasmTrapKind.SignatureMismatch => "indirect call type mismatch",
        WasmTrapKind.DivideByZero => "integer divide by zero",
        WasmTrapKind.IntegerOverflow => "integer overflow",
        WasmTrapKind.InvalidConversion => "invalid conversion to integer",
        WasmTrapKind.StackExhausted => "call stack exhausted",
        WasmTrapKind.Interrupted => "interrupted",
        WasmTrapKind.OutOfMemory => "no memory left for translated code",
        WasmTrapKind.Exit => "exit",
        _ => "host function failed",
    };
}
