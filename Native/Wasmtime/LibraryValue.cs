using System.Runtime.InteropServices;

namespace Slungd.Native.Wasmtime;

// The structures of Wasmtime's C API that pass by value or through memory of ours, as 64-bit systems lay them out.

/// <summary>wasmtime_val_t: a number. References never pass.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct LibraryValue
{
    public const byte I32 = 0, I64 = 1, F32 = 2, F64 = 3, V128 = 4;

    [FieldOffset(0)]
    public byte Kind;

    /// <summary>The bits, from the lowest on; of a V128 the low half.</summary>
    [FieldOffset(8)]
    public ulong Low;

    [FieldOffset(16)]
    public ulong High;
}

/// <summary>wasmtime_extern_t: an export. Functions and memories hold nothing that must be freed.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct LibraryExtern
{
    public const byte Function = 0, Memory = 3;

    [FieldOffset(0)]
    public byte Kind;

    /// <summary>A wasmtime_func_t of 16 bytes or a wasmtime_memory_t of 24: the library's own numbers.</summary>
    [FieldOffset(8)]
    public ulong Item;
}

/// <summary>wasmtime_instance_t: the library's own numbers.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LibraryInstance
{
    public ulong Store;
    public nuint Index;
}

/// <summary>wasm_byte_vec_t, wasm_frame_vec_t, wasm_valtype_vec_t.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LibraryVector
{
    public nuint Size;
    public void* Data;
}
