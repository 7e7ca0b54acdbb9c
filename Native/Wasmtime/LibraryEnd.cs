using System;
using System.Collections.Generic;
using System.Text;

namespace Slungd.Native.Wasmtime;

// Unsafe: reads what the library's vectors point to, and deletes each of them once.

/// <param name="Function">In the module's function space.</param>
/// <param name="Offset">Of the instruction in the module; -1 when the library does not know.</param>
internal readonly record struct LibraryFrame(int Function, int Offset);

/// <summary>Why the library did not do what it was asked for: a trap, or an error.</summary>
/// <param name="TrapCode">wasmtime_trap_code_t; null when it is none of those.</param>
/// <param name="Message">The library's.</param>
/// <param name="Frames">Innermost first.</param>
/// <param name="FramesLeftOut">Beyond <see cref="MaxFrames"/>.</param>
internal sealed unsafe record LibraryEnd(
    byte? TrapCode, string Message, IReadOnlyList<LibraryFrame> Frames, int FramesLeftOut)
{
    public const int MaxFrames = 64;
    private const int LongestMessage = 4_096;

    /// <summary>Of what a call returned; both are deleted.</summary>
    /// <param name="library">Where they come from.</param>
    /// <param name="error">A wasmtime_error_t, or 0.</param>
    /// <param name="trap">A wasm_trap_t, or 0.</param>
    /// <returns>Null when both are 0: the call did well.</returns>
    public static LibraryEnd? Take(WasmtimeLibrary library, nint error, nint trap)
    {
        LibraryEnd? end = null;
        LibraryVector text = default, frames = default;
        if (trap != 0)
        {
            byte code;
            byte? known = library.TrapCode(trap, &code) != 0 ? code : null;
            library.TrapMessage(trap, &text);
            library.TrapTrace(trap, &frames);
            end = Read(library, known, &text, &frames);
            library.TrapDelete(trap);
        }
        if (error != 0)
        {
            library.ErrorMessage(error, &text);
            library.ErrorTrace(error, &frames);
            LibraryEnd read = Read(library, null, &text, &frames);
            end ??= read;
            library.ErrorDelete(error);
        }
        return end;
    }

    // The frames belong to the trap or error: they are read before it goes.
    private static LibraryEnd Read(WasmtimeLibrary library, byte? code, LibraryVector* text, LibraryVector* frames)
    {
        int length = (int)Math.Min(text->Size, LongestMessage);
        string message = Encoding.UTF8.GetString(new ReadOnlySpan<byte>(text->Data, length)).TrimEnd('\0');
        library.BytesDelete(text);
        LibraryFrame[] read = new LibraryFrame[(int)Math.Min(frames->Size, MaxFrames)];
        for (int i = 0; i < read.Length; i++)
        {
            nint frame = ((nint*)frames->Data)[i];
            nuint offset = library.FrameOffset(frame);
            read[i] = new LibraryFrame((int)library.FrameFunction(frame), offset <= int.MaxValue ? (int)offset : -1);
        }
        int leftOut = (int)frames->Size - read.Length;
        library.FramesDelete(frames);
        return new LibraryEnd(code, message, read, leftOut);
    }
}
