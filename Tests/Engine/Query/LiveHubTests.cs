using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Tests.Engine.Fakes;
using Xunit;

namespace Slungd.Tests.Engine.Query;

/// <summary>Raw events: who gets what, in which order, and what a slow subscriber misses.</summary>
public sealed class LiveHubTests
{
    [Fact]
    public void Events_come_in_the_order_of_arrival_to_those_who_asked()
    {
        LiveHarness live = new();
        SeriesId eu = live.Series("temp", "site=eu"), us = live.Series("temp", "site=us");
        SeriesId other = live.Series("hum", "site=eu");
        LiveSubscription inEu = live.Subscribe("AVG:temp:[site=eu]"), all = live.Subscribe("RAW:temp:[]");
        EventRow[] rows =
        [
            LiveHarness.Row(eu, 5, 21.5), LiveHarness.Row(us, 4, 1), LiveHarness.Row(other, 4, 2),
            LiveHarness.Row(eu, 3, 22),
        ];
        live.Hub.AppendRows(7, rows, default, live.Refusals);
        Assert.Equal(
            [
                """{"series":"temp","timestamp":5,"value":21.5,"tags":["site=eu"],"producers":[7]}""",
                """{"series":"temp","timestamp":3,"value":22,"tags":["site=eu"],"producers":[7]}""",
            ],
            LiveHarness.Drain(inEu));
        Assert.Equal([5, 4, 3], LiveHarness.DrainTimes(all));
        Assert.Equal(2, live.Signals);
    }

    [Fact]
    public void A_point_is_stored_and_queryable_before_anyone_hears_of_it()
    {
        LiveHarness live = new();
        QueryExecutor executor = new(live.Store, live.Clock, new Limits());
        List<long> counts = [];
        DslQuery query = DslTexts.Parse("COUNT:m:[]", Precision.Seconds);
        live.Hub.TrySubscribe(query, () => counts.Add(executor.Execute(query, default).Count), out _, out _);
        live.Send(live.Series("m"), (1, 1), (2, 2), (3, 3));
        Assert.Equal([3], counts);
    }

    [Fact]
    public void Columns_deliver_each_point()
    {
        LiveHarness live = new();
        SeriesId series = live.Series("m");
        LiveSubscription all = live.Subscribe("SUM:m:[]");
        live.Hub.AppendColumn(1, series, ValueFamily.Float, [9, 3, 5], [0, 0, 0], live.Refusals);
        live.Hub.AppendRegular(1, series, ValueFamily.Float, 100, -10, [0, 0, 0], live.Refusals);
        Assert.Equal([9, 3, 5, 100, 90, 80], LiveHarness.DrainTimes(all));
    }

    [Fact]
    public void Refused_points_are_never_delivered_and_the_callers_log_stays_right()
    {
        LiveHarness live = new();
        SeriesId series = live.Series("m");
        LiveSubscription all = live.Subscribe("SUM:m:[]");
        live.Sink.OldestAccepted = 10;
        live.Send(series, (9, 0), (10, 1), (8, 2), (7, 3), (11, 4));
        Assert.Equal([10, 11], LiveHarness.DrainTimes(all));
        Assert.Equal(
            [new Refusal(0, 1, RefusalCode.TooOld), new Refusal(2, 2, RefusalCode.TooOld)],
            live.Refusals.Runs.ToArray());
        live.Refusals.Clear();
        live.Refusals.Add(3, 2, RefusalCode.TooNew); // of an earlier call
        live.Hub.AppendColumn(1, series, ValueFamily.Float, [12, 1, 13], [0, 0, 0], live.Refusals);
        Assert.Equal([12, 13], LiveHarness.DrainTimes(all));
        live.Hub.AppendRegular(1, series, ValueFamily.Float, 8, 1, [0, 0, 0, 0], live.Refusals);
        Assert.Equal([10, 11], LiveHarness.DrainTimes(all));
        Assert.Equal(
            [
                new Refusal(3, 2, RefusalCode.TooNew), new Refusal(1, 1, RefusalCode.TooOld),
                new Refusal(0, 2, RefusalCode.TooOld),
            ],
            live.Refusals.Runs.ToArray());
    }

    [Fact]
    public void Runs_are_delivered_but_for_what_was_refused()
    {
        LiveHarness live = new();
        SeriesId series = live.Series("m"), other = live.Series("n");
        LiveSubscription all = live.Subscribe("SUM:m:[]");
        live.Sink.OldestAccepted = 10;
        ColumnRun[] runs =
        [
            new() { Series = other, Family = ValueFamily.Float, Count = 2 },
            new() { Series = series, Family = ValueFamily.Float, Count = 3 },
            new() { Series = other, Family = ValueFamily.Float, Count = 1 },
        ];
        live.Hub.AppendRuns(1, runs, [9, 20, 11, 9, 12, 8], new ulong[6], live.Refusals);
        Assert.Equal([11, 12], LiveHarness.DrainTimes(all));
        Assert.Equal((RefusalCode.TooOld, RefusalCode.None, RefusalCode.TooOld, RefusalCode.TooOld),
            (live.Refusals.CodeOf(0), live.Refusals.CodeOf(1), live.Refusals.CodeOf(3), live.Refusals.CodeOf(5)));
        Assert.Equal(3, live.Refusals.Points);
        live.Hub.Unsubscribe(all);
        live.Hub.AppendRuns(1, runs, [10, 20, 11, 30, 12, 80], new ulong[6], live.Refusals);
        Assert.Equal(3, live.Refusals.Points);
    }

    [Fact]
    public void Only_numbers_that_are_values_are_delivered()
    {
        LiveHarness live = new();
        SeriesId series = live.Series("m"), text = live.Series("m", "text");
        LiveSubscription all = live.Subscribe("SUM:m:[]");
        double stale = BitConverter.UInt64BitsToDouble(Bucket.StaleMarker);
        live.Send(series, (1, stale), (2, double.NaN), (3, 1e-7));
        ulong hi = new PayloadRef(0, 2).ToBits();
        EventRow row = new() { Series = text, Timestamp = 4, Family = ValueFamily.String, Bits = hi };
        live.Hub.AppendRows(1, [row], "hi"u8, live.Refusals);
        row = new() { Series = series, Timestamp = 5, Family = ValueFamily.Int, Bits = unchecked((ulong)-3L) };
        live.Hub.AppendRows(1, [row], default, live.Refusals);
        List<string> messages = LiveHarness.Drain(all);
        Assert.Equal(3, messages.Count);
        Assert.Contains("\"value\":null", messages[0]);
        Assert.Contains("\"value\":0.0000001,", messages[1]);
        Assert.Contains("\"value\":-3,", messages[2]);
    }

    [Fact]
    public void Subscriptions_come_and_go_while_series_are_known()
    {
        LiveHarness live = new();
        SeriesId series = live.Series("m", "a");
        live.Send(series, (1, 0));
        LiveSubscription first = live.Subscribe("SUM:m:[a]");
        live.Send(series, (2, 0));
        LiveSubscription second = live.Subscribe("SUM:m:[NOT b]");
        live.Send(series, (3, 0));
        live.Send(live.Series("m", "a", "b"), (4, 0)); // a series that nobody has seen
        live.Hub.Unsubscribe(first);
        live.Hub.Unsubscribe(first);
        live.Send(series, (5, 0));
        Assert.Equal([2, 3, 4], LiveHarness.DrainTimes(first));
        Assert.Equal([3, 5], LiveHarness.DrainTimes(second));
        Assert.Equal(1, live.Hub.Subscriptions);
        live.Hub.Unsubscribe(second);
        live.Send(series, (6, 0));
        Assert.Equal((0, 0), (live.Hub.Subscriptions, LiveHarness.DrainTimes(second).Count));
    }

    [Fact]
    public void Ranges_hold_and_relative_ones_slide()
    {
        LiveHarness live = new();
        SeriesId series = live.Series("m");
        LiveSubscription fixedRange = live.Subscribe("SUM:m:[]:[10,20]"), sliding = live.Subscribe("SUM:m:[]:[5s]");
        live.Now = 12;
        live.Send(series, (6, 0), (7, 0), (12, 0), (13, 0), (20, 0));
        live.Now = 22;
        live.Send(series, (16, 0), (17, 0), (21, 0), (23, 0));
        Assert.Equal([12, 13, 20, 16, 17], LiveHarness.DrainTimes(fixedRange));
        Assert.Equal([7, 12, 17, 21], LiveHarness.DrainTimes(sliding));
    }

    [Fact]
    public void A_full_queue_drops_the_oldest_and_counts_them_where_they_are_missing()
    {
        LiveHarness live = new(new Limits { MaxQueuedEventsPerSubscription = 4 });
        SeriesId series = live.Series("m");
        LiveSubscription slow = live.Subscribe("SUM:m:[]");
        for (int i = 1; i <= 6; i++) live.Send(series, (i, 0));
        Assert.Equal((4, 2), (slow.Queued, slow.DroppedTotal));
        Assert.True(slow.TryRead(out LiveMessage message));
        Assert.Equal((LiveMessageKind.Dropped, 2), (message.Kind, message.Count));
        live.Send(series, (7, 0));
        // Told of one gap, the reader gets an event before the next gap.
        Assert.Equal([4, -1, 5, 6, 7], LiveHarness.DrainTimes(slow));
        for (int i = 10; i < 20; i++) live.Send(series, (i, 0));
        Assert.Equal([-6, 16, 17, 18, 19], LiveHarness.DrainTimes(slow));
        Assert.Equal(9, slow.DroppedTotal);
        Assert.Equal(2, live.Signals);
    }

    [Fact]
    public void A_live_query_without_window_does_not_group()
    {
        LiveHarness live = new();
        DslQuery query = DslTexts.Parse("AVG:m:[a] BY host", Precision.Seconds);
        Assert.False(live.Hub.TrySubscribe(query, () => { }, out LiveSubscription? none, out QueryParseError error));
        Assert.Null(none);
        Assert.Equal("at 10: expected a window: a live query without one does not group", error.ToString());
        Assert.Equal(0, live.Hub.Subscriptions);
    }

    [Fact]
    public void The_sink_s_other_members_are_the_inner_one_s()
    {
        LiveHarness live = new();
        live.Sink.State = SinkState.DiskShort;
        live.Sink.StateReason = "full";
        live.Sink.KeepsAtOnce = false;
        int kept = 0;
        live.Hub.OnKept(() => kept++);
        live.Subscribe("SUM:m:[]");
        Assert.Equal(1ul, live.Hub.AppendRows(1, [LiveHarness.Row(live.Series("m"), 1, 1)], default, live.Refusals));
        live.Sink.Keep(1);
        Assert.Equal((SinkState.DiskShort, "full", 1ul, 1, Precision.Seconds),
            (live.Hub.State, live.Hub.StateReason, live.Hub.KeptThrough, kept, live.Hub.Precision));
    }

    [Fact]
    public void Messages_carry_an_id_and_survive_odd_names()
    {
        SeriesKey key = new("q\"\\\u0001é\U0001F600"u8.ToArray(), [[0xff, (byte)'x'], "t\n"u8.ToArray()]);
        LiveMessage message = new()
        {
            Kind = LiveMessageKind.Event,
            Series = key,
            Timestamp = long.MinValue,
            Value = -0.5,
            ProducerOrLate = ulong.MaxValue,
        };
        ArrayBufferWriter<byte> bytes = new();
        LiveJson.Write(bytes, 2, DslTexts.Parse("RAW:x:[]"), in message);
        using JsonDocument document = JsonDocument.Parse(bytes.WrittenMemory);
        JsonElement root = document.RootElement;
        Assert.Equal(2, root.GetProperty("id").GetInt64());
        Assert.Equal("q\"\\\u0001é\U0001F600", root.GetProperty("series").GetString());
        Assert.Equal("\uFFFDx", root.GetProperty("tags")[0].GetString());
        Assert.Equal("t\n", root.GetProperty("tags")[1].GetString());
        Assert.Equal(long.MinValue, root.GetProperty("timestamp").GetInt64());
        Assert.Equal(ulong.MaxValue, root.GetProperty("producers")[0].GetUInt64());
        bytes.Clear();
        message = new LiveMessage { Kind = LiveMessageKind.Dropped, Count = 5 };
        LiveJson.Write(bytes, 2, DslTexts.Parse("RAW:x:[]"), in message);
        Assert.Equal("""{"id":2,"dropped":5}""", Encoding.UTF8.GetString(bytes.WrittenSpan));
    }

    [Fact]
    public void Nothing_is_lost_between_many_producers_and_one_consumer()
    {
        LiveHarness live = new(new Limits { MaxQueuedEventsPerSubscription = 64 });
        const int Producers = 3, Batches = 400, Rows = 5;
        SeriesId[] series = Enumerable.Range(0, Producers).Select(i => live.Series("m", $"p={i}")).ToArray();
        LiveSubscription subscription = live.Subscribe("SUM:m:[]");
        Thread[] threads = Array.ConvertAll(series, id => new Thread(() =>
        {
            RefusalLog refusals = new();
            for (int batch = 0; batch < Batches; batch++)
                live.Hub.AppendRegular(id.Value, id, ValueFamily.Float, batch * Rows, 1, new ulong[Rows], refusals);
        }));
        foreach (Thread thread in threads) thread.Start();
        long[] latest = [-1, -1, -1];
        long seen = 0, dropped = 0;
        bool more = true;
        while (more)
        {
            more = Array.Exists(threads, thread => thread.IsAlive);
            while (subscription.TryRead(out LiveMessage message))
            {
                if (message.Kind == LiveMessageKind.Dropped)
                {
                    dropped += message.Count;
                    continue;
                }
                Assert.True(message.Timestamp > latest[message.ProducerOrLate], "each producer's order is kept");
                latest[message.ProducerOrLate] = message.Timestamp;
                seen++;
            }
        }
        Assert.Equal(Producers * Batches * Rows, seen + dropped);
        Assert.Equal(dropped, subscription.DroppedTotal);
    }

    [Fact]
    public void There_are_only_so_many_live_queries_in_all()
    {
        LiveHarness live = new(new Limits { MaxLiveQueries = 2 });
        LiveSubscription first = live.Subscribe("AVG:m:[]");
        live.Subscribe("AVG:n:[]");
        Assert.True(live.Hub.IsFull);
        Assert.Equal("expected at most 2 live queries in all",
            Assert.Throws<FormatException>(() => live.Subscribe("AVG:m:[]")).Message);
        live.Hub.Unsubscribe(first);
        live.Subscribe("AVG:m:[]");
        Assert.Equal(2, live.Hub.Subscriptions);
    }
}
