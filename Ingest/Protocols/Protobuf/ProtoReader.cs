using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Protocols.Protobuf;

/// <summary>Walks over the fields of one protobuf message (protobuf.dev/programming-guides/encoding): a field at a
/// time, in the order of the bytes, unknown ones included; a number whose type is not that of the field one knows is
/// unknown, too. A group, long out of use, is one field with the number 0.</summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private const int Varint64 = 0, Fixed64 = 1, Delimited = 2, Group = 3, GroupEnd = 4, Fixed32 = 5;
    private const int MaxDepth = 100; // of groups, as protobuf has it

    private readonly ReadOnlySpan<byte> _message = message;
    private int _at;
    private int _type; // on the wire

    /// <summary>The field's number.</summary>
    public int Field { get; private set; }

    /// <summary>The field is a message, a string, bytes, or packed numbers.</summary>
    public readonly bool IsBytes => _type == Delimited;

    /// <summary>It is a number of any type but those with a fixed length: int, uint, sint, bool, an enumeration.
    /// </summary>
    public readonly bool IsVarint => _type == Varint64;

    /// <summary>It is a number of 8 bytes: fixed64, sfixed64, double.</summary>
    public readonly bool IsFixed64 => _type == Fixed64;

    /// <summary>The bits of a number; 0 otherwise.</summary>
    public ulong Number { get; private set; }

    /// <summary>The bytes of a field that has some; empty otherwise.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Where the next field begins in the message.</summary>
    public int At { readonly get => _at; set => _at = value; }

    /// <summary>Where <see cref="Bytes"/> begin in the message.</summary>
    public readonly int BytesStart => _at - Bytes.Length;

    /// <summary>The message ended amid a field, or has one that can't be.</summary>
    public bool IsMalformed { get; private set; }

    public readonly long Int64 => (long)Number;

    public readonly double Double => BitConverter.UInt64BitsToDouble(Number);

    /// <summary>A number of type sint32 or sint64.</summary>
    public readonly long Signed => Varint.UnZigZag(Number);

    /// <summary>Reads the next field; false at the end and on <see cref="IsMalformed"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool MoveNext()
    {
        // Nearly all fields of what senders write: a number below 16, and fewer than 128 bytes.
        int at = _at;
        if ((uint)at + 1 < (uint)_message.Length)
        {
            int tag = _message[at], length = _message[at + 1];
            if ((tag & 0x87) == Delimited && length < 0x80 && tag > 7 && length <= _message.Length - at - 2)
            {
                Field = tag >> 3;
                Number = 0;
                _type = Delimited;
                Bytes = _message.Slice(at + 2, length);
                _at = at + 2 + length;
                return !IsMalformed;
            }
        }
        return MoveNextLonger() || MoveNextSlowly();
    }

    /// <summary>Nearly all of the others: 8 bytes of a number, and less than 16 KB. False when it is none of these.
    /// </summary>
    private bool MoveNextLonger()
    {
        int at = _at, left = _message.Length - at;
        if (left < 1 + sizeof(ulong) || IsMalformed) return false;
        int tag = _message[at];
        if (tag is < 8 or > 0x7f) return false;
        if ((tag & 7) == Fixed64)
        {
            Number = BinaryPrimitives.ReadUInt64LittleEndian(_message[(at + 1)..]);
            Bytes = default;
            _at = at + 1 + sizeof(ulong);
        }
        else
        {
            int low = _message[at + 1], high = _message[at + 2], length = (low & 0x7f) | high << 7;
            if ((tag & 7) != Delimited || low < 0x80 || high >= 0x80 || length > left - 3) return false;
            Number = 0;
            Bytes = _message.Slice(at + 3, length);
            _at = at + 3 + length;
        }
        (Field, _type) = (tag >> 3, tag & 7);
        return true;
    }

    private bool MoveNextSlowly()
    {
        if (_at == _message.Length || IsMalformed) return false;
        if (!Varint.TryRead(_message, ref _at, out ulong tag) || tag >> 3 is 0 or > int.MaxValue) return Fail();
        (Field, _type) = ((int)(tag >> 3), (int)tag & 7);
        Number = 0;
        Bytes = default;
        int left = _message.Length - _at;
        switch (_type)
        {
            case Varint64:
                if (!Varint.TryRead(_message, ref _at, out ulong number)) return Fail();
                Number = number;
                return true;
            case Fixed64 when left >= sizeof(ulong):
                Number = BinaryPrimitives.ReadUInt64LittleEndian(_message[_at..]);
                _at += sizeof(ulong);
                return true;
            case Fixed32 when left >= sizeof(uint):
                Number = BinaryPrimitives.ReadUInt32LittleEndian(_message[_at..]);
                _at += sizeof(uint);
                return true;
            case Delimited:
                if (!Varint.TryRead(_message, ref _at, out ulong length)) return Fail();
                if (length > (ulong)(_message.Length - _at)) return Fail();
                Bytes = _message.Slice(_at, (int)length);
                _at += (int)length;
                return true;
            case Group:
                return TrySkipGroup() || Fail();
            default:
                return Fail();
        }
    }

    /// <summary>Goes behind a group, whose fields nobody knows; it is field 0, which no message has.</summary>
    private bool TrySkipGroup()
    {
        Span<int> groups = stackalloc int[MaxDepth]; // that have begun
        groups[0] = Field;
        Field = 0;
        for (int depth = 1; depth > 0;)
        {
            if (!Varint.TryRead(_message, ref _at, out ulong tag) || tag >> 3 is 0 or > int.MaxValue) return false;
            ulong bytes = 0;
            switch ((int)tag & 7)
            {
                case Varint64: if (!Varint.TryRead(_message, ref _at, out _)) return false; break;
                case Fixed64: bytes = sizeof(ulong); break;
                case Fixed32: bytes = sizeof(uint); break;
                case Delimited: if (!Varint.TryRead(_message, ref _at, out bytes)) return false; break;
                case Group when depth < MaxDepth: groups[depth++] = (int)(tag >> 3); break;
                case GroupEnd when groups[depth - 1] == (int)(tag >> 3): depth--; break;
                default: return false;
            }
            if (bytes > (ulong)(_message.Length - _at)) return false;
            _at += (int)bytes;
        }
        return true;
    }

    /// <summary>All messages that are one field, as one: what stands behind each other is merged, as protobuf has it
    /// where a field that can't be repeated stands several times.</summary>
    /// <param name="message">Well-formed; it has the field.</param>
    /// <param name="field">Its number.</param>
    public static ReadOnlySpan<byte> Merge(ReadOnlySpan<byte> message, int field)
    {
        int length = 0;
        var fields = new ProtoReader(message);
        while (fields.MoveNext())
            if (fields.Field == field) length += fields.Bytes.Length;
        byte[] whole = new byte[length];
        fields = new ProtoReader(message);
        for (length = 0; fields.MoveNext();)
        {
            if (fields.Field != field) continue;
            fields.Bytes.CopyTo(whole.AsSpan(length));
            length += fields.Bytes.Length;
        }
        return whole;
    }

    private bool Fail()
    {
        IsMalformed = true;
        return false;
    }
}
