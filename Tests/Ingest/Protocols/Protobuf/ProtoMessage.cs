using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace Slungd.Tests.Ingest.Protocols.Protobuf;

/// <summary>Builds a protobuf message field by field.</summary>
internal sealed class ProtoMessage
{
    private readonly List<byte> _bytes = [];

    public byte[] Bytes => [.. _bytes];

    public ProtoMessage Number(int field, ulong value)
    {
        Varint((long)field << 3);
        return Varint(value);
    }

    public ProtoMessage Fixed64(int field, ulong value) => Double(field, BitConverter.UInt64BitsToDouble(value));

    public ProtoMessage Double(int field, double value)
    {
        Varint((long)field << 3 | 1);
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public ProtoMessage Fixed32(int field, uint value)
    {
        Varint((long)field << 3 | 5);
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public ProtoMessage Add(int field, params byte[] value)
    {
        Varint((long)field << 3 | 2);
        Varint(value.Length);
        _bytes.AddRange(value);
        return this;
    }

    public ProtoMessage Add(int field, string value) => Add(field, Encoding.UTF8.GetBytes(value));

    public ProtoMessage Add(int field, ProtoMessage value) => Add(field, value.Bytes);

    /// <summary>Adds fields that are encoded already.</summary>
    public ProtoMessage Raw(byte[] fields)
    {
        _bytes.AddRange(fields);
        return this;
    }

    public ProtoMessage Packed(int field, params int[] values)
    {
        ProtoMessage packed = new();
        foreach (int value in values) packed.Varint(value);
        return Add(field, packed.Bytes);
    }

    private ProtoMessage Varint(long value) => Varint((ulong)value);

    private ProtoMessage Varint(ulong value)
    {
        byte[] bytes = new byte[10];
        _bytes.AddRange(bytes.AsSpan(0, Slungd.Native.Bits.Varint.Write(bytes, value)));
        return this;
    }
}
