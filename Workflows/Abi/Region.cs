using System;
using System.Buffers.Binary;
using Slungd.Workflows.Wasm;

namespace Slungd.Workflows.Abi;

/// <summary>How bytes pass between guest and host, 12 bytes in the guest's memory:
/// <code>
/// u32 offset | u32 capacity | u32 length        little-endian
/// </code></summary>
internal static class Region
{
    public const int Bytes = 12;

    /// <summary>Why one was refused.</summary>
    public const string Expected = "expected a Region inside of the memory, with not too many bytes there";

    /// <summary>The bytes that a Region of the guest names. Dead when the guest runs again.</summary>
    /// <param name="memory">The guest's.</param>
    /// <param name="pointer">Of the Region.</param>
    /// <param name="maxBytes">More are refused.</param>
    /// <param name="bytes">A part of the guest's memory.</param>
    /// <returns>False when the Region or its bytes are not wholly in the memory, or too many.</returns>
    public static bool TryRead(IWasmMemory memory, uint pointer, int maxBytes, out Span<byte> bytes)
    {
        bytes = default;
        if (!memory.TrySlice(pointer, Bytes, out Span<byte> region)) return false;
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(region);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(region[8..]);
        return length <= (uint)maxBytes && memory.TrySlice(offset, length, out bytes);
    }

    /// <summary>As above; when it is false the host knows why.</summary>
    public static bool TryRead(IWasmMemory memory, uint pointer, int maxBytes, IGuestHost host, out Span<byte> bytes)
    {
        bool isRead = TryRead(memory, pointer, maxBytes, out bytes);
        if (!isRead) host.LastError = Expected;
        return isRead;
    }

    /// <summary>Writes a Region whose capacity is its length.</summary>
    public static void Write(Span<byte> region, uint offset, uint length)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(region, offset);
        BinaryPrimitives.WriteUInt32LittleEndian(region[4..], length);
        BinaryPrimitives.WriteUInt32LittleEndian(region[8..], length);
    }
}
