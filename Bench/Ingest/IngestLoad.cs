using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Slungd.Ingest.Framing;
using Slungd.Native.Simd;

namespace Slungd.Bench.Ingest;

/// <summary>Messages as clients send them, framed and masked, about 1 MiB of them: sent again and again, each time with
/// later timestamps, since a store has less to do with points it knows.</summary>
internal sealed class IngestLoad
{
    private const int Bytes = 1 << 20;
    private const int SeriesCount = 100;
    private const uint Mask = 0x9A3B_51C7;

    private readonly MemoryStream _building = new();
    private readonly List<Place> _places = [];

    /// <summary>A masked timestamp in the frames: where, its value in the first round, and its mask.</summary>
    private readonly record struct Place(int At, long Timestamp, ulong Mask);

    private IngestLoad(string name, string? subprotocol)
    {
        Name = name;
        Subprotocol = subprotocol;
    }

    /// <summary>The protocol and kind.</summary>
    public string Name { get; }

    /// <summary>Null for the original one.</summary>
    public string? Subprotocol { get; }

    /// <summary>Sent once.</summary>
    public byte[] Prologue { get; private set; } = [];

    /// <summary>Sent again and again.</summary>
    public byte[] Frames { get; private set; } = [];

    /// <summary>In Frames.</summary>
    public int Points { get; private set; }

    /// <summary>The bench of the original's client: one 45-byte event per message.</summary>
    public static IngestLoad Original()
    {
        var load = new IngestLoad("original, 45-byte events", null);
        for (; load._building.Length < Bytes; load.Points++)
            load.Frame(Event(load.Points, load.Points % SeriesCount), [0]);
        return load.Finish();
    }

    public static IngestLoad Rows(int perMessage)
    {
        var load = new IngestLoad($"ROWS, {perMessage} a message", "slung.v2");
        while (load._building.Length < Bytes)
        {
            var message = new MemoryStream();
            var places = new List<int>();
            message.WriteByte(1);
            for (int i = 0; i < perMessage; i++, load.Points++)
            {
                places.Add((int)message.Length);
                message.Write(Event(load.Points, load.Points % SeriesCount));
            }
            load.Frame(message.ToArray(), places);
        }
        return load.Finish();
    }

    public static IngestLoad Columns(int perBlock, bool isRegular)
    {
        string name = $"COLUMNS {(isRegular ? "regular" : "irregular")}, {perBlock} a block";
        var load = new IngestLoad(name, "slung.v2") { Prologue = Definitions() };
        for (uint alias = 0; load._building.Length < Bytes; alias = (alias + 1) % SeriesCount, load.Points += perBlock)
        {
            var message = new MemoryStream();
            var places = new List<int>();
            var writer = new BinaryWriter(message);
            writer.Write((byte)3);
            writer.Write(alias);
            writer.Write((uint)perBlock);
            writer.Write((byte)(isRegular ? 1 : 0));
            for (int i = 0; i < (isRegular ? 1 : perBlock); i++)
            {
                places.Add((int)message.Length);
                writer.Write(3L * (load.Points + i) + (i & 1));
            }
            if (isRegular) writer.Write(1L);
            for (int i = 0; i < perBlock; i++) writer.Write(i * 0.5);
            load.Frame(message.ToArray(), places);
        }
        return load.Finish();
    }

    /// <summary>Moves every timestamp: round <paramref name="round"/> follows the one before without a gap.</summary>
    public void MoveTo(int round)
    {
        long by = 3L * round * Points;
        Span<byte> frames = Frames;
        foreach (ref readonly Place place in CollectionsMarshal.AsSpan(_places))
            BinaryPrimitives.WriteUInt64LittleEndian(frames[place.At..], (ulong)(place.Timestamp + by) ^ place.Mask);
    }

    private static byte[] Definitions()
    {
        var message = new MemoryStream();
        var writer = new BinaryWriter(message);
        writer.Write((byte)2);
        for (uint alias = 0; alias < SeriesCount; alias++)
        {
            writer.Write(alias);
            writer.Write(Event(0, (int)alias).AsSpan(16));
        }
        return Framed(message.ToArray());
    }

    private static byte[] Event(long timestamp, int series)
    {
        string text = $"\u0004\0\u0002\0temp\u0008\0sensor={series % 10}\u0009\0env=ben{series / 10:d2}";
        byte[] key = Encoding.ASCII.GetBytes(text);
        byte[] bytes = new byte[16 + key.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, timestamp);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(8), timestamp * 0.5);
        key.CopyTo(bytes, 16);
        return bytes;
    }

    private static byte[] Framed(byte[] message)
    {
        byte[] frame = new byte[FrameWriter.HeaderBytes(message.Length, masked: true) + message.Length];
        FrameWriter.WriteMasked(frame, Opcode.Binary, message, Mask);
        return frame;
    }

    private IngestLoad Finish()
    {
        Frames = _building.ToArray();
        return this;
    }

    private void Frame(byte[] message, List<int> places)
    {
        byte[] frame = Framed(message);
        int start = (int)_building.Length + frame.Length - message.Length;
        foreach (int place in places)
        {
            ulong turned = XorMask.Advance(Mask, place & 3);
            long timestamp = BinaryPrimitives.ReadInt64LittleEndian(message.AsSpan(place));
            _places.Add(new Place(start + place, timestamp, turned << 32 | turned));
        }
        _building.Write(frame);
    }
}
