namespace Slungd.Workflows.Wasm;

internal enum WasmErrorKind
{
    /// <summary>The bytes are no module.</summary>
    Malformed,

    /// <summary>A module, but not a valid one.</summary>
    Invalid,

    /// <summary>Valid, but larger than this engine takes.</summary>
    Limit,

    /// <summary>An import is missing or of another type.</summary>
    Link,

    /// <summary>A segment or the start function trapped while the module was instantiated.</summary>
    Trap,
}

/// <summary>Why a module was not loaded or instantiated.</summary>
/// <param name="Kind">Who would have to change what.</param>
/// <param name="Message">What was wrong, in the words of the specification's tests where they have some.</param>
/// <param name="Offset">Byte offset in the module; -1 when it concerns no place.</param>
/// <param name="Trap">Set when <paramref name="Kind"/> is Trap.</param>
internal sealed record WasmError(WasmErrorKind Kind, string Message, int Offset = -1, WasmTrap? Trap = null)
{
    public override string ToString() => Offset < 0 ? Message : $"{Message} (module offset 0x{Offset:x})";
}
