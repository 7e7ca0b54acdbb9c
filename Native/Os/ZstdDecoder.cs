using System;
using System.Runtime.InteropServices;
using Slungd.Native.Checks;

namespace Slungd.Native.Os;

// Contract: a decoder owns its context from TryCreate to Dispose; one thread at a time. The library stays loaded.

/// <summary>Unpacks Zstandard (RFC 8878) with the system's libzstd, where there is one; it is loaded when somebody
/// first asks for it, and never before.</summary>
internal sealed unsafe class ZstdDecoder : IDisposable
{
    /// <summary>The window that a frame may ask for, and about what a decoder allocates: the most that senders over
    /// HTTP may use (RFC 9659).</summary>
    public const int WindowBytes = 1 << WindowLog;

    private const int WindowLog = 23;
    private const int WindowLogMaxParameter = 100; // ZSTD_d_windowLogMax
    private const int WindowTooLarge = 16; // ZSTD_error_frameParameter_windowTooLarge

    private static readonly Lazy<Functions?> s_functions = new(Load);

    private readonly Functions _functions;
    private void* _context;

    private ZstdDecoder(Functions functions, void* context)
    {
        _functions = functions;
        _context = context;
    }

    /// <summary>There is a library.</summary>
    public static bool IsAvailable => s_functions.Value is not null;

    /// <summary>True between frames: a text may end here.</summary>
    public bool IsAtEnd { get; private set; } = true;

    /// <summary>Why nothing more is unpacked: a frame asks for a window of more than <see cref="WindowBytes"/>.
    /// </summary>
    public bool IsWindowTooLarge { get; private set; }

    /// <summary>Null when there is no library.</summary>
    public static ZstdDecoder? TryCreate()
    {
        if (s_functions.Value is not { } functions) return null;
        void* context = functions.Create();
        if (context == null) Throw.Fatal("no memory for a zstd decoder");
        functions.SetParameter(context, WindowLogMaxParameter, WindowLog);
        return new ZstdDecoder(functions, context);
    }

    /// <summary>Unpacks what fits.</summary>
    /// <param name="packed">The next bytes; may be empty when there is more to come out.</param>
    /// <param name="into">Room.</param>
    /// <param name="taken">Bytes of <paramref name="packed"/> that were used.</param>
    /// <param name="written">Bytes of <paramref name="into"/> that were filled.</param>
    /// <returns>False when it is no Zstandard, is damaged, or asks for too large a window.</returns>
    public bool TryDecode(ReadOnlySpan<byte> packed, Span<byte> into, out int taken, out int written)
    {
        Invariant.Check(_context != null);
        nuint result;
        fixed (byte* from = packed, to = into)
        {
            var input = new Buffer { Start = from, Size = (nuint)packed.Length };
            var output = new Buffer { Start = to, Size = (nuint)into.Length };
            result = _functions.Decode(_context, &output, &input);
            (taken, written) = ((int)input.Position, (int)output.Position);
        }
        if (_functions.IsError(result) != 0)
        {
            IsWindowTooLarge = _functions.ErrorCode(result) == WindowTooLarge;
            return false;
        }
        IsAtEnd = result == 0;
        return true;
    }

    public void Dispose()
    {
        if (_context == null) return;
        _functions.Free(_context);
        _context = null;
    }

    private static Functions? Load()
    {
        foreach (string name in new[] { "libzstd.so.1", "libzstd.1.dylib", "libzstd.dll" })
        {
            if (!NativeLibrary.TryLoad(name, out nint library)) continue;
            return new Functions
            {
                Create = (delegate* unmanaged<void*>)NativeLibrary.GetExport(library, "ZSTD_createDCtx"),
                Free = (delegate* unmanaged<void*, nuint>)NativeLibrary.GetExport(library, "ZSTD_freeDCtx"),
                SetParameter = (delegate* unmanaged<void*, int, int, nuint>)
                    NativeLibrary.GetExport(library, "ZSTD_DCtx_setParameter"),
                Decode = (delegate* unmanaged<void*, Buffer*, Buffer*, nuint>)
                    NativeLibrary.GetExport(library, "ZSTD_decompressStream"),
                IsError = (delegate* unmanaged<nuint, uint>)NativeLibrary.GetExport(library, "ZSTD_isError"),
                ErrorCode = (delegate* unmanaged<nuint, int>)NativeLibrary.GetExport(library, "ZSTD_getErrorCode"),
            };
        }
        return null;
    }

    /// <summary>ZSTD_inBuffer and ZSTD_outBuffer.</summary>
    private struct Buffer
    {
        public void* Start;
        public nuint Size;
        public nuint Position;
    }

    private sealed class Functions
    {
        public delegate* unmanaged<void*> Create { get; init; }

        public delegate* unmanaged<void*, nuint> Free { get; init; }

        public delegate* unmanaged<void*, int, int, nuint> SetParameter { get; init; }

        public delegate* unmanaged<void*, Buffer*, Buffer*, nuint> Decode { get; init; }

        public delegate* unmanaged<nuint, uint> IsError { get; init; }

        public delegate* unmanaged<nuint, int> ErrorCode { get; init; }
    }
}
