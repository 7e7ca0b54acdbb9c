using System.Collections.Generic;
using System.Text;

namespace Slungd.Workflows.Wasm;

internal enum WasmTrapKind
{
    None = 0,
    Unreachable,
    MemoryOutOfBounds,
    TableOutOfBounds,
    UndefinedElement,
    UninitializedElement,
    SignatureMismatch,
    DivideByZero,
    IntegerOverflow,
    InvalidConversion,

    /// <summary>Frames, slots, or calls from the host into the guest are nested too deeply.</summary>
    StackExhausted,

    /// <summary>Stopped by <see cref="IWasmStore.Interrupt"/>.</summary>
    Interrupted,

    /// <summary>The budget has no room for the function's translation.</summary>
    OutOfMemory,

    /// <summary>A host function refused; the message is its own.</summary>
    Host,

    /// <summary>The guest ended itself (WASI proc_exit): no fault when the status is 0.</summary>
    Exit,
}

/// <param name="Function">Index in the module's function space.</param>
/// <param name="Name">From the name section, else an export's name, else `func[12]`.</param>
/// <param name="Offset">Of the instruction in the module's bytes, as `wasm-objdump -d` prints it.</param>
internal readonly record struct WasmFrame(int Function, string Name, int Offset);

/// <summary>How a call into a guest ended when it did not return.</summary>
internal sealed class WasmTrap(WasmTrapKind kind, string message, IReadOnlyList<WasmFrame> frames, int framesLeftOut)
{
    public const int MaxFrames = 64;

    public WasmTrapKind Kind => kind;

    public string Message => message;

    /// <summary>Innermost first; at most <see cref="MaxFrames"/>.</summary>
    public IReadOnlyList<WasmFrame> Frames => frames;

    public int FramesLeftOut => framesLeftOut;

    /// <summary>The status of an Exit.</summary>
    public int ExitStatus { get; init; }

    /// <summary>The message, then a line per frame.</summary>
    public override string ToString()
    {
        StringBuilder text = new(message);
        for (int i = 0; i < frames.Count; i++)
        {
            WasmFrame frame = frames[i];
            text.Append($"\n  {i}: {frame.Name} (func[{frame.Function}], module offset 0x{frame.Offset:x})");
        }
        if (framesLeftOut > 0) text.Append($"\n  and {framesLeftOut} more");
        return text.ToString();
    }
}
