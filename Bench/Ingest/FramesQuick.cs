using System;
using System.Diagnostics;
using Slungd.Bench.Native;
using Slungd.Engine.Model;
using Slungd.Ingest.Framing;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Original;
using Slungd.Ingest.Protocols.SlungV2;
using Slungd.Native.Memory;

namespace Slungd.Bench.Ingest;

/// <summary>`--quick frames`: what taking messages apart costs in memory, without sockets: C parses and unmasks, our
/// framer does the same, and then the decoder turns the payload into rows for a sink that counts.</summary>
internal static class FramesQuick
{
    private const int ChunkBytes = 256 * 1024; // as a receive brings them

    private sealed class NoReplies : IReplies
    {
        public void Error(ulong first, uint count, RefusalCode code, ReadOnlySpan<byte> text) =>
            throw new InvalidOperationException($"an ERROR {code} about point {first}");
    }

    public static void Run(int points, int rounds)
    {
        using FrameReceiver? reference = FrameReceiver.TryCreate();
        IngestLoad[] loads =
        [
            IngestLoad.Original(), IngestLoad.Rows(500), IngestLoad.Columns(1_000, isRegular: false),
            IngestLoad.Columns(1_000, isRegular: true),
        ];
        foreach (IngestLoad load in loads)
        {
            int times = Math.Max(1, points / load.Points);
            (string Name, Func<byte[], TimeSpan> Run)[] ways =
            [
                ("C: parse, unmask", bytes => Time(() => reference?.Parse(bytes))),
                ("parse, unmask", bytes => Time(() => ReadFrames(bytes, null))),
                ("parse, unmask, decode", bytes => Decode(load, bytes)),
            ];
            Measure(load, ways, times, rounds);
        }
    }

    private static void Measure(IngestLoad load, (string Name, Func<byte[], TimeSpan> Run)[] ways, int times,
        int rounds)
    {
        byte[] copy = new byte[load.Frames.Length];
        double[] best = new double[ways.Length];
        Array.Fill(best, double.MaxValue);
        for (int round = 0; round < rounds * times; round++)
        {
            for (int i = 0; i < ways.Length; i++)
            {
                load.Frames.CopyTo(copy, 0); // unmasking changes it
                best[i] = Math.Min(best[i], ways[i].Run(copy).TotalNanoseconds / load.Points);
            }
        }
        for (int i = 0; i < ways.Length; i++)
            Console.WriteLine($"{load.Name,-36} {ways[i].Name,-22} {best[i],7:F2} ns/point");
    }

    private static TimeSpan Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start);
    }

    private static TimeSpan Decode(IngestLoad load, byte[] bytes)
    {
        var sink = new CountingSink();
        var batch = new EventBatch(sink, 16_384);
        var counters = new ProtocolCounters();
        var budget = new ByteBudget(1 << 20);
        MessageDecoder decoder = load.Subprotocol is null
            ? new OriginalDecoder(batch, counters, 1)
            : new SlungV2Decoder(batch, new NoReplies(), counters, 1, new Limits(), budget, seed: 1);
        ReadFrames((byte[])load.Prologue.Clone(), decoder);
        ReadFrames(WarmUp(bytes), decoder);
        TimeSpan elapsed = Time(() => ReadFrames(bytes, decoder));
        if (sink.Points < load.Points) throw new InvalidOperationException($"{sink.Points} of {load.Points} points");
        (decoder as IDisposable)?.Dispose();
        return elapsed;
    }

    /// <summary>A copy, so that the batch has its size before time is taken.</summary>
    private static byte[] WarmUp(byte[] bytes) => (byte[])bytes.Clone();

    private static void ReadFrames(byte[] bytes, MessageDecoder? decoder)
    {
        var reader = new FrameReader(expectMask: true, 16 << 20);
        int at = 0, flushed = 0;
        while (reader.Read(bytes, ref at, out FrameChunk chunk) == FrameStatus.Data)
        {
            if (decoder is null) continue;
            decoder.Decode(bytes.AsSpan(chunk.Start, chunk.Length), chunk.Final);
            if (at - flushed < ChunkBytes) continue;
            decoder.Flush();
            flushed = at;
        }
        decoder?.Flush();
    }
}
