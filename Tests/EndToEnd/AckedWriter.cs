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
    private readonly Random _random = new(number);
    private readonly List<(long First, long Count)> _kept = [];
    private long _next = 1;
    private long _acked;

    /// <summary>Points acknowledged in all lives.</summary>
    public long Kept { get; private set; }

    private string Selection => $"cpu:[writer={number}]";

    /// <summary>Sends batches of all sizes, as rows and columns, until the daemon is gone.</summary>
    public async Task SendUntilKilled(Daemon daemon)
    {
        long first = _next;
        _acked = 0;
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
        if (_acked > 0) _kept.Add((first, _acked));
        Kept += _acked;
    }

    /// <summary>Asks for the points of the last life, or of all; returns what is lost, in words.</summary>
    public async Task<string?> FindLoss(Daemon daemon, bool isAll)
    {
        for (int i = isAll ? 0 : Math.Max(0, _kept.Count - 1); i < _kept.Count; i++)
        {
            (long first, long count) = _kept[i];
            string range = $"{Selection}:[{first},{first + count - 1}]";
            double? found = await daemon.Value("COUNT:" + range);
            double? sum = await daemon.Value("SUM:" + range);
            double expected = (double)count * (first + first + count - 1) / 2;
            if (found == count && Math.Abs((double)(sum - expected)!) <= expected * 1e-12) continue;
            return $"{range}: {count} acknowledged with the sum {expected}, {found} found with {sum}";
        }
        return null;
    }

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
            if (message.Bytes[0] != 0x81)
                throw new InvalidDataException("no ACK: " + Convert.ToHexString(message.Bytes));
            Volatile.Write(ref _acked, BinaryPrimitives.ReadInt64LittleEndian(message.Bytes.AsSpan(1)));
        }
    }
}
