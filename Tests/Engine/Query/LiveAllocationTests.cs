using System;
using System.Buffers;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Xunit;

namespace Slungd.Tests.Engine.Query;

/// <summary>Nothing is allocated per batch, row or event once queues have grown.</summary>
public sealed class LiveAllocationTests
{
    /// <summary>A sink that does nothing, so that every byte is the hub's.</summary>
    private sealed class NullSink : IEventSink
    {
        public SinkState State => SinkState.Ready;

        public string? StateReason => null;

        public Precision Precision => Precision.Seconds;

        public ulong KeptThrough => 0;

        public RefusalCode Resolve(ReadOnlySpan<byte> wireKey, ValueFamily family, out SeriesId series)
        {
            series = default;
            return RefusalCode.None;
        }

        public ulong AppendRows(ulong producer, ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload,
            RefusalLog refusals)
        {
            refusals.Add(rows.Length - 1, 1, RefusalCode.TooOld);
            return 1;
        }

        public ulong AppendColumn(ulong producer, SeriesId series, ValueFamily family, ReadOnlySpan<long> timestamps,
            ReadOnlySpan<ulong> values, RefusalLog refusals) => 1;

        public ulong AppendRegular(ulong producer, SeriesId series, ValueFamily family, long start, long step,
            ReadOnlySpan<ulong> values, RefusalLog refusals) => 1;

        public void OnKept(Action callback)
        {
        }
    }

    private static readonly SeriesKey[] s_keys =
        [DslTexts.Key("m host=a"), DslTexts.Key("m host=b"), DslTexts.Key("other host=a")];

    [Theory]
    [InlineData(null)]
    [InlineData("RAW:other:[nothing]")]
    [InlineData("RAW:m:[]")]
    [InlineData("RAW:m:[host=a]:[1h]")]
    [InlineData("AVG:m:[]:[1h]:[10s] BY host")]
    public void The_steady_state_allocates_nothing(string? query)
    {
        FakeClock clock = new();
        LiveHub hub = new(new NullSink(), id => s_keys[id.Value], clock, new Limits());
        LiveSubscription? subscription = null;
        if (query is not null)
        {
            DslQuery live = DslTexts.Parse(query, Precision.Seconds);
            Assert.True(hub.TrySubscribe(live, static () => { }, out subscription, out _));
        }
        EventRow[] rows = new EventRow[30];
        long[] timestamps = new long[30];
        ulong[] values = new ulong[30];
        RefusalLog refusals = new();
        ArrayBufferWriter<byte> json = new(1 << 20);
        long now = 0, messages = 0;

        void Round()
        {
            clock.Now = DateTimeOffset.UnixEpoch.AddSeconds(now += 7);
            for (int i = 0; i < rows.Length; i++)
            {
                rows[i] = LiveHarness.Row(new SeriesId((uint)i % 3), now - i % 4, i);
                timestamps[i] = now - i % 4;
            }
            refusals.Clear();
            hub.AppendRows(1, rows, default, refusals);
            hub.AppendColumn(1, new SeriesId(0), ValueFamily.Float, timestamps, values, refusals);
            hub.AppendRegular(1, new SeriesId(1), ValueFamily.Float, now, 0, values, refusals);
            hub.Tick(now);
            json.ResetWrittenCount();
            while (subscription is not null && subscription.TryRead(out LiveMessage message))
            {
                messages++;
                LiveJson.Write(json, 1, subscription.Query, in message);
            }
        }

        for (int i = 0; i < 50; i++) Round();
        messages = 0;
        Assert.Equal(0, AllocatedBytes.LeastOf(() =>
        {
            for (int i = 0; i < 100; i++) Round();
        }));
        Assert.Equal(query is not null && query.Contains(":m:"), messages > 0);
    }
}
