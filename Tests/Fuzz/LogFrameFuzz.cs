using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Engine.Wal;
using Slungd.Native.Os;
using Slungd.Tests.Sim;

namespace Slungd.Tests.Fuzz;

/// <summary>Any bytes as the body of a log frame, and as what follows the header of a log file: read without a fault; a
/// sound body is written again and reads the same.</summary>
internal static class LogFrameFuzz
{
    public static byte[][] Seeds { get; } = MakeSeeds();

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (Read(input) is { } content)
        {
            byte[] again = Write(content);
            if (Read(again) is not { } second || second != content)
                throw new InvalidOperationException("a body that was written again reads differently");
        }
        ReadFile(input);
    }

    private sealed record Content(string Text, List<(uint, ValueFamily, byte[])> Definitions, List<ProducerMark> Marks,
        List<Block> Blocks)
    {
        public bool Equals(Content? other) => Text == other?.Text;

        public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
    }

    private sealed record Block(long[] References, long[] Counts, long[] Timestamps, ulong[] Values, byte[]? Payload);

    private static Content? Read(ReadOnlySpan<byte> input)
    {
        var body = new FrameBody(input);
        var content = new Content("", [], [], []);
        var text = new System.Text.StringBuilder();
        byte[] key = [];
        int keyLength = 0;
        while (body.NextDefinition(ref key, ref keyLength, out uint reference, out ValueFamily family))
        {
            content.Definitions.Add((reference, family, key.AsSpan(0, keyLength).ToArray()));
            text.Append($"{reference} {family} {Convert.ToHexString(key.AsSpan(0, keyLength))}\n");
        }
        while (body.NextMark(out ProducerMark mark))
        {
            content.Marks.Add(mark);
            text.Append($"{mark}\n");
        }
        var block = new PointBlock();
        while (body.NextBlock(block))
        {
            var references = new long[block.Runs];
            var counts = new long[block.Runs];
            long points = 0;
            for (int run = 0; run < block.Runs; run++)
            {
                (references[run], counts[run]) = (block.ReferenceOf(run), block.CountOf(run));
                points += counts[run];
            }
            if (points != block.Points) throw new InvalidOperationException("runs are not all points");
            content.Blocks.Add(new Block(references, counts, block.Timestamps.ToArray(), block.Values.ToArray(),
                block.HasPayload ? block.Payload.ToArray() : null));
            text.Append($"{string.Join(',', references)} {string.Join(',', counts)} {block.HasPayload}\n");
            for (int i = 0; i < block.Points; i++)
            {
                text.Append($" {block.Timestamps[i]} ");
                PayloadRef at = PayloadRef.FromBits(block.Values[i]);
                if (!block.HasPayload) text.Append(block.Values[i]);
                else text.Append(Convert.ToHexString(block.Payload.Slice((int)at.Offset, (int)at.Length)));
            }
        }
        return body.IsSound ? content with { Text = text.ToString() } : null;
    }

    private static byte[] Write(Content content)
    {
        var writer = new FrameWriter();
        foreach ((uint reference, ValueFamily family, byte[] key) in content.Definitions)
            writer.AddDefinition(reference, family, key);
        foreach (ProducerMark mark in content.Marks) writer.AddMark(mark.Producer, mark.Epoch, mark.Sequence);
        foreach (Block block in content.Blocks)
        {
            if (block.Payload is { } payload)
                writer.AddPayload(block.References, block.Counts, block.Timestamps, block.Values, payload);
            else writer.AddNumbers(block.References, block.Counts, block.Timestamps, block.Values, ValueFamily.Float);
        }
        if (writer.IsEmpty) return [0, 0]; // flags alone: nothing that the product would write
        ReadOnlySpan<byte> frame = writer.Finish(1, 64, isSynced: false);
        if (!FrameHeader.TryRead(frame, 1, 64, out int size, out int length) || size + length != frame.Length ||
            !FrameHeader.IsSound(frame, size, 1, 64))
        {
            throw new InvalidOperationException("a frame that was written is not sound");
        }
        return frame[size..].ToArray();
    }

    private static void ReadFile(ReadOnlySpan<byte> input)
    {
        var disk = new SimDisk(1);
        disk.CreateDirectory("/d");
        using IDiskFile file = disk.Create("/d/f");
        file.WriteAt(LogFormat.HeaderSize, input);
        var reader = new LogReader(file, "/d/f", 1);
        long end = 0;
        while (reader.MoveNext())
        {
            if (reader.Offset < end || reader.End <= reader.Offset)
                throw new InvalidOperationException("frames overlap");
            end = reader.End;
            Read(reader.Body);
        }
    }

    private static byte[][] MakeSeeds()
    {
        var writer = new FrameWriter();
        writer.AddDefinition(3, ValueFamily.Float, [3, .. "cpu"u8, 0]);
        writer.AddDefinition(4, ValueFamily.Float, [3, .. "cpu"u8, 1, 3, .. "a=1"u8]);
        writer.AddMark(7, 8, 9);
        writer.AddNumbers([3, 4, 0], [1, 2, 3], [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6], ValueFamily.Float);
        writer.AddNumbers([3], [3], [10, 20, 30], [0, 0, 0], ValueFamily.Int);
        ulong[] references = [new PayloadRef(0, 3).ToBits(), new PayloadRef(3, 3).ToBits()];
        writer.AddPayload([1, 2], [1, 1], [5, 4], references, "onetwo"u8);
        byte[] frame = writer.Finish(1, 64, isSynced: true).ToArray();
        FrameHeader.TryRead(frame, 1, 64, out int size, out _);
        return [frame[size..], frame, [1, 0], []];
    }
}
