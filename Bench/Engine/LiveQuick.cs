using System;
using System.Buffers;
using System.Diagnostics;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Query;

namespace Slungd.Bench.Engine;

/// <summary>`--quick live`: what live queries cost a row on its way to the store, with rows of 10,000 series in turn in
/// batches of 256; and what a subscriber costs that reads each event and writes its JSON.</summary>
internal static class LiveQuick
{
    private const int Series = 10_000;
    private const int Batch = 256;

    public static void Run(int points, int rounds)
    {
        SeriesKey[] keys = new SeriesKey[Series];
        for (int i = 0; i < Series; i++)
            keys[i] = new SeriesKey("cpu"u8.ToArray(), [Encoding.UTF8.GetBytes($"host={i}")]);
        (string Name, string? Query)[] ways =
        [
            ("no subscription", null),
            ("nothing matches", "RAW:cpu:[none]"),
            ("one series in 10,000 matches", "RAW:cpu:[host=7]"),
            ("each row to JSON", "RAW:cpu:[]"),
            ("each row into windows", "AVG:cpu:[]:[0,9223372036854775807]:[1s]"),
            ("each row into its host's window", "AVG:cpu:[]:[0,9223372036854775807]:[1h] BY host"),
        ];
        foreach ((string name, string? query) in ways)
        {
            Feed feed = new(keys, query, points);
            double best = double.MaxValue;
            long messages = 0;
            for (int round = 0; round < rounds; round++)
            {
                long begin = Stopwatch.GetTimestamp();
                messages += feed.Run();
                best = Math.Min(best, Stopwatch.GetElapsedTime(begin).TotalNanoseconds / points);
            }
            Console.WriteLine($"{name,-32} {best,7:F2} ns/row, {messages / rounds} messages");
        }
    }

    private sealed class Feed
    {
        private readonly LiveHub _hub;
        private readonly LiveSubscription? _subscription;
        private readonly EventRow[] _rows;
        private readonly RefusalLog _refusals = new();
        private readonly ArrayBufferWriter<byte> _json = new(1 << 20);
        private long _now;

        public Feed(SeriesKey[] keys, string? query, int points)
        {
            _hub = new LiveHub(new NullSink(), id => keys[id.Value], TimeProvider.System, new Limits());
            if (query is not null)
                _hub.TrySubscribe(QueryLoad.Parse(query), static () => { }, out _subscription, out _);
            _rows = new EventRow[points];
            for (int i = 0; i < points; i++)
                _rows[i] = new EventRow { Series = new SeriesId((uint)(i % Series)), Family = ValueFamily.Float };
            _now = Precision.Microseconds.Now(TimeProvider.System);
        }

        public long Run()
        {
            long messages = 0;
            for (int done = 0; done < _rows.Length; done += Batch)
            {
                Span<EventRow> batch = _rows.AsSpan(done, Math.Min(Batch, _rows.Length - done));
                foreach (ref EventRow row in batch) row.Timestamp = _now += 10;
                _hub.AppendRows(1, batch, default, _refusals);
                _hub.Tick(_now);
                _json.ResetWrittenCount();
                while (_subscription is not null && _subscription.TryRead(out LiveMessage message))
                {
                    LiveJson.Write(_json, 1, _subscription.Query, in message);
                    messages++;
                }
            }
            return messages;
        }
    }
}
