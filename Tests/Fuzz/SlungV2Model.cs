using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Numerics;
using Slungd.Engine.Model;

namespace Slungd.Tests.Fuzz;

/// <summary>A plain reading of the `slung.v2` page, message by message, slow and without state beyond the
/// page's.</summary>
internal sealed class SlungV2Model
{
    /// <summary>Runs of refused points longer than this are shown as a run.</summary>
    public const uint MaxShown = 64;

    private const int Event = 16;
    private const int BlockHeader = 9;

    public static readonly byte[][] Seeds =
    [
        [1, .. new byte[16], 3, 0, 1, 0, .. "cpu"u8, 3, 0, .. "a=1"u8, .. new byte[16], 0, 0, 2, 0, 0, 0, 1, 0,
            .. "x"u8],
        [2, 9, 0, 0, 0, 1, 0, 0, 0, .. "s"u8, 8, 0, 0, 0, 1, 0, 1, 0, .. "t"u8, 1, 0, .. "x"u8],
        [3, 9, 0, 0, 0, 2, 0, 0, 0, 1, .. new byte[16], .. new byte[16], 8, 0, 0, 0, 1, 0, 0, 0, 0, .. new byte[16]],
        [3, 7, 0, 0, 0, 1, 0, 0, 0, 0, .. new byte[16]],
        [4, 0],
        [],
    ];

    private readonly Dictionary<uint, byte[]> _aliases = [];
    private readonly List<string> _points = [];
    private readonly List<string> _refused = [];
    private readonly List<string> _others = [];
    private ulong _next;

    public static string Read(List<byte[]> messages)
    {
        var model = new SlungV2Model();
        foreach (byte[] message in messages) model.Read(message);
        return Show(model._points, model._refused, model._others, model._next);
    }

    public static string Show(List<string> points, List<string> refused, List<string> others, ulong next) =>
        string.Join('\n', [.. points, "refused", .. refused, "others", .. others, $"next {next}"]);

    private void Read(ReadOnlySpan<byte> message)
    {
        if (message.IsEmpty) _others.Add($"{_next} {RefusalCode.Malformed}");
        else if (message[0] == 1) Rows(message[1..]);
        else if (message[0] == 2) Definitions(message[1..]);
        else if (message[0] == 3) Blocks(message[1..]);
        else _others.Add($"{_next} {RefusalCode.UnknownKind}");
    }

    private void Rows(ReadOnlySpan<byte> body)
    {
        do
        {
            int length = LengthOf(body);
            if (length < 0)
            {
                Refuse(1, RefusalCode.Malformed);
                return;
            }
            _points.Add(PlainSink.Show(body[Event..length], BinaryPrimitives.ReadInt64LittleEndian(body),
                BinaryPrimitives.ReadUInt64LittleEndian(body[8..])));
            _next++;
            body = body[length..];
        }
        while (!body.IsEmpty);
    }

    private void Definitions(ReadOnlySpan<byte> body)
    {
        do
        {
            int length = body.Length < 4 ? -1 : KeyLengthOf(body[4..]);
            if (length < 0)
            {
                _others.Add($"{_next} {RefusalCode.Malformed}");
                return;
            }
            _aliases[BinaryPrimitives.ReadUInt32LittleEndian(body)] = body.Slice(4, length).ToArray();
            body = body[(4 + length)..];
        }
        while (!body.IsEmpty);
    }

    private void Blocks(ReadOnlySpan<byte> body)
    {
        do
        {
            if (body.Length < BlockHeader)
            {
                Refuse(1, RefusalCode.Malformed);
                return;
            }
            uint count = BinaryPrimitives.ReadUInt32LittleEndian(body[4..]);
            byte flags = body[8];
            long times = flags == 1 ? 16 : 8L * count;
            long length = BlockHeader + times + 8L * count;
            if (flags > 1 || count == 0 || length > body.Length || flags == 1 && Overflows(body[BlockHeader..], count))
            {
                Refuse(1, flags > 1 ? RefusalCode.UnknownKind : RefusalCode.Malformed);
                return;
            }
            Block(body[..(int)length], (int)count, flags == 1, (int)times);
            body = body[(int)length..];
        }
        while (!body.IsEmpty);
    }

    private void Block(ReadOnlySpan<byte> block, int count, bool regular, int times)
    {
        if (!_aliases.TryGetValue(BinaryPrimitives.ReadUInt32LittleEndian(block), out byte[]? key))
        {
            Refuse((uint)count, RefusalCode.UnknownAlias);
            return;
        }
        ReadOnlySpan<byte> columns = block[BlockHeader..];
        for (int i = 0; i < count; i++)
        {
            long first = BinaryPrimitives.ReadInt64LittleEndian(columns);
            long timestamp = regular
                ? first + BinaryPrimitives.ReadInt64LittleEndian(columns[8..]) * i
                : BinaryPrimitives.ReadInt64LittleEndian(columns[(8 * i)..]);
            ulong bits = BinaryPrimitives.ReadUInt64LittleEndian(columns[(times + 8 * i)..]);
            _points.Add(PlainSink.Show(key, timestamp, bits));
        }
        _next += (uint)count;
    }

    // The length of the event at the start, or -1.
    private static int LengthOf(ReadOnlySpan<byte> input) =>
        input.Length < 20 ? -1 : KeyLengthOf(input[Event..]) is var key and >= 0 ? Event + key : -1;

    // The length of the series and tags at the start, or -1.
    private static int KeyLengthOf(ReadOnlySpan<byte> input)
    {
        if (input.Length < 4) return -1;
        long at = 4 + input[0] + 256 * input[1];
        int tags = input[2] + 256 * input[3];
        for (int tag = 0; tag < tags; tag++)
        {
            if (at + 2 > input.Length) return -1;
            at += 2 + input[(int)at] + 256 * input[(int)at + 1];
        }
        return at > input.Length ? -1 : (int)at;
    }

    private static bool Overflows(ReadOnlySpan<byte> times, uint count)
    {
        BigInteger start = BinaryPrimitives.ReadInt64LittleEndian(times);
        BigInteger last = start + (BigInteger)BinaryPrimitives.ReadInt64LittleEndian(times[8..]) * (count - 1);
        return last < long.MinValue || last > long.MaxValue;
    }

    private void Refuse(uint count, RefusalCode code)
    {
        if (count > MaxShown) _refused.Add($"{_next}+{count} {code}");
        else for (uint i = 0; i < count; i++) _refused.Add($"{_next + i} {code}");
        _next += count;
    }
}
