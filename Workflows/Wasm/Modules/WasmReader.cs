using System;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Slungd.Workflows.Wasm.Modules;

/// <summary>Reads a module's bytes. The first fault is kept; from then on everything reads as zero, and loops end by
/// testing <see cref="Failed"/>.</summary>
internal ref struct WasmReader
{
    private readonly ReadOnlySpan<byte> _bytes;

    /// <param name="bytes">The whole module: offsets in errors are from its start.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="end">Where nothing may be read any more.</param>
    public WasmReader(ReadOnlySpan<byte> bytes, int start, int end)
    {
        _bytes = bytes;
        Position = start;
        End = end;
    }

    public int Position { get; private set; }

    /// <summary>The end of the part being read: of the module, or of a section or body in it.</summary>
    public int End { get; set; }

    public WasmError? Error { get; private set; }

    public readonly bool Failed => Error is not null;

    public readonly int Left => End - Position;

    public readonly bool AtEnd => Position >= End || Failed;

    /// <summary>Keeps the first fault.</summary>
    public void Fail(WasmErrorKind kind, string message) => FailAt(Position, kind, message);

    public void FailAt(int offset, WasmErrorKind kind, string message) =>
        Error ??= new WasmError(kind, message, offset);

    public void Malformed(string message) => Fail(WasmErrorKind.Malformed, message);

    public byte Byte()
    {
        if (AtEnd)
        {
            Malformed("unexpected end");
            return 0;
        }
        return _bytes[Position++];
    }

    /// <summary>The next byte without taking it; 0 at the end.</summary>
    public readonly byte Peek() => AtEnd ? (byte)0 : _bytes[Position];

    public uint U32() => (uint)Unsigned(32);

    public int S32() => (int)Signed(32);

    public long S64() => Signed(64);

    /// <summary>A block's type: an index, or a value type as a negative number.</summary>
    public long S33() => Signed(33);

    public uint Fixed32() => BinaryPrimitives.TryReadUInt32LittleEndian(Bytes(4), out uint value) ? value : 0;

    public ulong Fixed64() => BinaryPrimitives.TryReadUInt64LittleEndian(Bytes(8), out ulong value) ? value : 0;

    /// <summary>A vector's length. Each element takes a byte at least, so a larger count is malformed before anything
    /// is allocated for it.</summary>
    public int Count()
    {
        uint count = U32();
        if (count <= (uint)Math.Max(0, Left)) return (int)count;
        Malformed("unexpected end");
        return 0;
    }

    public ReadOnlySpan<byte> Bytes(uint count)
    {
        if (Failed || count > (uint)Math.Max(0, Left))
        {
            Malformed("unexpected end");
            return [];
        }
        ReadOnlySpan<byte> taken = _bytes.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }

    public string Name()
    {
        ReadOnlySpan<byte> text = Bytes(U32());
        if (Utf8.IsValid(text)) return Encoding.UTF8.GetString(text);
        Malformed("malformed UTF-8 encoding");
        return "";
    }

    public WasmType ValueType()
    {
        var type = (WasmType)Byte();
        if (!type.IsNumber && !type.IsReference && type != WasmType.V128) Malformed("malformed value type");
        return type;
    }

    public WasmType ReferenceType()
    {
        var type = (WasmType)Byte();
        if (!type.IsReference) Malformed("malformed reference type");
        return type;
    }

    // LEB128 of at most ceil(bits / 7) bytes; unused bits of the last one must be zero.
    private ulong Unsigned(int bits)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = Byte();
            int left = bits - shift;
            if (left < 7 && (next & 0x7F) >> left != 0 && !TooLong(next, left)) Malformed("integer too large");
            if (Failed) return 0;
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
            if (left > 7) continue;
            Malformed("integer representation too long");
            return 0;
        }
    }

    // As above; unused bits of the last byte must repeat the sign.
    private long Signed(int bits)
    {
        long value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = Byte();
            if (Failed) return 0;
            int left = bits - shift;
            if (left < 7)
            {
                if (TooLong(next, left)) return 0;
                int extra = (sbyte)(next << 1) >> left; // the sign bit of the value and what stands above it
                if (extra is not (0 or -1)) Malformed("integer too large");
            }
            value |= (long)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                int unused = 64 - Math.Min(64, shift + 7);
                return value << unused >> unused;
            }
            if (left > 7) continue;
            Malformed("integer representation too long");
            return 0;
        }
    }

    private bool TooLong(byte last, int left)
    {
        if (last < 0x80 || left > 7) return false;
        Malformed("integer representation too long");
        return true;
    }
}
