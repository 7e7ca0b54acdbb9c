using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Net.WebSockets;
using System.Threading;
using System.Threading.Tasks;

namespace Slungd.Tests.EndToEnd;

/// <summary>Writes points to a series of its own over the lives of a daemon, and remembers which were acknowledged.
/// Each point's value is its timestamp, and no timestamp is sent twice.</summary>
internal sealed class AckedWriter(int number)
{
    private const ushort MemoryShort = 8;

    /// <summary>What should be there between two timestamps.</summary>
    private readonly record struct Stretch(long First, long Last, long Count, double Sum);

    private readonly Random _random = new(number);
    private readonly List<Stretch> _kept = [];
    private readonly List<(long First, long Count)> _refused = []; // of this life, by their numbers
    private long _next = 1;
    private long _acked;

    /// <summary>Points acknowledged in all lives.</summary>
    public long Kept { get; private set; }

    /// <summary>Some points of this life are acknowledged.</summary>
    public bool HasAcks => Volatile.Read(ref _acked) > 0;

    private string Selection => $"cpu:[writer={number}]";

    /// <summary>Sends batches of all sizes, as rows and columns, until the daemon is gone.</summary>
    public async Task SendUntilKilled(Daemon daemon)
    {
        long first = _next;
        _acked = 0;
        _refused.Clear();
        try
        {
            await using WebSocketClient client = await WebSocketClient.Version2(daemon);
            await client.Send(WireMessages.DefineOf(1, "cpu", $"writer={number}"));
            Task reading = ReadAcks(client);
            try { await SendAll(client); }
            finally { await reading; } // what was acknowledged before the end may still be on its way to us
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            // gone: .NET names it one way or the other
        }
        if (_acked == 0) return;
        long count = _acked;
        double sum = SumOf(first, _acked);
        foreach ((long refused, long points) in _refused)
        {
            long below = Math.Clamp(_acked - refused, 0, points);
            count -= below;
            sum -= SumOf(first + refused, below);
        }
        _kept.Add(new Stretch(first, first + _acked - 1, count, sum));
        Kept += count;
    }

    /// <summary>Asks for the points of the last life, or of all; returns what is lost, in words.</summary>
    public async Task<string?> FindLoss(Daemon daemon, bool isAll)
    {
        for (int i = isAll ? 0 : Math.Max(0, _kept.Count - 1); i < _kept.Count; i++)
        {
            Stretch kept = _kept[i];
            string range = $"{Selection}:[{kept.First},{kept.Last}]";
            double count = await daemon.Value("COUNT:" + range) ?? 0, sum = await daemon.Value("SUM:" + range) ?? 0;
            if (count == kept.Count && Math.Abs(sum - kept.Sum) <= kept.Sum * 1e-9) continue;
            return $"{range}: {kept.Count} acknowledged with the sum {kept.Sum}, {count} found with {sum}";
        }
        return null;
    }

    private static double SumOf(long first, long count) => (double)count * (first + first + count - 1) / 2;

    private async Task SendAll(WebSocketClient client)
    {
        while (true)
        {
            int count = _random.Next(3) == 0 ? 1 : _random.Next(1, 2_000);
            var values = new double[count];
            for (int i = 0; i < count; i++) values[i] = _next + i;
            byte[] message = count == 1
                ? WireMessages.RowsOf([new("cpu", [$"writer={number}"], _next, values[0])])
                : WireMessages.RegularOf(1, _next, 1, values);
            _next += count; // from here on they may be there
            await client.Send(message);
            if (_random.Next(50) == 0) await Task.Delay(_random.Next(10));
        }
    }

    private async Task ReadAcks(WebSocketClient client)
    {
        while (await client.Receive() is { } message)
        {
            byte[] reply = message.Bytes;
            if (reply[0] == 0x81) Volatile.Write(ref _acked, BinaryPrimitives.ReadInt64LittleEndian(reply.AsSpan(1)));
            else if (reply[0] == 0x82 && BinaryPrimitives.ReadUInt16LittleEndian(reply.AsSpan(13)) == MemoryShort)
            {
                // The flush did not keep up: these are named, and count as dealt with.
                _refused.Add((BinaryPrimitives.ReadInt64LittleEndian(reply.AsSpan(1)),
                    BinaryPrimitives.ReadUInt32LittleEndian(reply.AsSpan(9))));
            }
            else throw new InvalidDataException("no ACK: " + Convert.ToHexString(reply));
        }
    }
}
