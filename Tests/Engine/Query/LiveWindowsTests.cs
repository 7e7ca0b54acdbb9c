using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Xunit;

namespace Slungd.Tests.Engine.Query;

/// <summary>Windows of live queries, with a clock in seconds that the tests move.</summary>
public sealed class LiveWindowsTests
{
    private const string AllTime = "[-9223372036854775808,9223372036854775807]";

    [Fact]
    public void A_window_is_sent_when_the_clock_passes_its_end_by_a_second()
    {
        LiveHarness live = new() { Now = 100 };
        SeriesId series = live.Series("m", "a");
        LiveSubscription windows = live.Subscribe($"AVG:m:[]:{AllTime}:[10s]");
        live.Send(series, (100, 1), (109, 2), (110, 7));
        live.TickAt(110);
        Assert.Empty(LiveHarness.Drain(windows));
        live.TickAt(111);
        Assert.Equal(["""{"window":[100,110],"value":1.5,"count":2}"""], LiveHarness.Drain(windows));
        live.TickAt(500);
        Assert.Equal(["""{"window":[110,120],"value":7,"count":1}"""], LiveHarness.Drain(windows));
        live.TickAt(1000); // empty windows are left out
        Assert.Empty(LiveHarness.Drain(windows));
        Assert.Equal(2, live.Signals);
    }

    [Fact]
    public void Late_points_are_counted_in_the_next_message()
    {
        LiveHarness live = new() { Now = 100 };
        SeriesId series = live.Series("m");
        LiveSubscription windows = live.Subscribe($"COUNT:m:[]:{AllTime}:[10s]");
        live.Send(series, (99, 1)); // its window closes at 101: still in time
        live.Send(series, (89, 1)); // closed before the query began: late
        live.TickAt(101);
        Assert.Equal(["""{"window":[90,100],"value":1,"count":1,"late":1}"""], LiveHarness.Drain(windows));
        live.Send(series, (99, 1), (98, 1), (105, 1), (115, 1));
        live.TickAt(130);
        Assert.Equal(
            [
                """{"window":[100,110],"value":1,"count":1,"late":2}""",
                """{"window":[110,120],"value":1,"count":1}""",
            ],
            LiveHarness.Drain(windows));
    }

    [Fact]
    public void A_clock_that_was_wrong_by_far_begins_anew()
    {
        LiveHarness live = new() { Now = 10_000 };
        SeriesId series = live.Series("m");
        LiveSubscription windows = live.Subscribe($"COUNT:m:[]:{AllTime}:[10s]");
        live.Send(series, (10_000, 1));
        live.TickAt(500); // the clock is set: the window of then closes then
        live.Send(series, (500, 1), (501, 1));
        live.TickAt(511);
        live.TickAt(10_011);
        Assert.Equal(
            [
                """{"window":[500,510],"value":2,"count":2}""",
                """{"window":[10000,10010],"value":1,"count":1}""",
            ],
            LiveHarness.Drain(windows));
    }

    [Fact]
    public void A_clock_that_goes_back_a_little_reopens_nothing()
    {
        LiveHarness live = new() { Now = 100 };
        SeriesId series = live.Series("m");
        LiveSubscription windows = live.Subscribe($"COUNT:m:[]:{AllTime}:[10s]");
        live.Send(series, (100, 1));
        live.TickAt(120);
        live.TickAt(70);
        live.Send(series, (101, 1), (130, 1));
        live.TickAt(150);
        Assert.Equal(
            [
                """{"window":[100,110],"value":1,"count":1}""",
                """{"window":[130,140],"value":1,"count":1,"late":1}""",
            ],
            LiveHarness.Drain(windows));
    }

    [Fact]
    public void Groups_close_in_order_with_their_values()
    {
        LiveHarness live = new();
        SeriesId b = live.Series("m", "host=b"), a = live.Series("m", "host=a"), none = live.Series("m");
        LiveSubscription windows = live.Subscribe($"MAX:m:[]:{AllTime}:[10s] BY host");
        live.Send(b, (15, 4), (5, 3));
        live.Send(a, (5, 1), (6, 2));
        live.Send(none, (1, -1));
        live.TickAt(30);
        Assert.Equal(
            [
                """{"by":{"host":null},"window":[0,10],"value":-1,"count":1}""",
                """{"by":{"host":"a"},"window":[0,10],"value":2,"count":2}""",
                """{"by":{"host":"b"},"window":[0,10],"value":3,"count":1}""",
                """{"by":{"host":"b"},"window":[10,20],"value":4,"count":1}""",
            ],
            LiveHarness.Drain(windows));
    }

    [Fact]
    public void Open_windows_are_bounded()
    {
        LiveHarness live = new(new Limits { MaxOpenWindowsPerSubscription = 3 });
        SeriesId series = live.Series("m");
        LiveSubscription windows = live.Subscribe($"COUNT:m:[]:{AllTime}:[1s]");
        live.Send(series, (10, 0), (20, 0), (30, 0), (40, 0), (50, 0), (20, 0));
        live.TickAt(100);
        Assert.Equal(
            [
                """{"dropped":2}""",
                """{"window":[10,11],"value":1,"count":1}""",
                """{"window":[20,21],"value":2,"count":2}""",
                """{"window":[30,31],"value":1,"count":1}""",
            ],
            LiveHarness.Drain(windows));
        live.Send(series, (200, 0)); // the slots are free again
        live.TickAt(300);
        Assert.Single(LiveHarness.Drain(windows));
    }

    [Fact]
    public void Windows_at_the_ends_of_time_do_not_overflow()
    {
        LiveHarness live = new();
        LiveSubscription windows = live.Subscribe($"COUNT:m:[]:{AllTime}:[10s]");
        live.Send(live.Series("m"), (long.MaxValue, 1), (long.MinValue, 1));
        live.TickAt(long.MaxValue / 1000 / 10_000_000);
        Assert.Empty(LiveHarness.Drain(windows)); // the one is never due, the other was late
        live.Hub.Tick(long.MaxValue);
        Assert.Equal(
            ["""{"window":[9223372036854775800,9223372036854775807],"value":1,"count":1,"late":1}"""],
            LiveHarness.Drain(windows));
    }

    [Fact]
    public void First_and_last_are_by_timestamp_and_the_later_arrival_wins_a_tie()
    {
        LiveHarness live = new();
        SeriesId series = live.Series("m");
        LiveSubscription first = live.Subscribe($"FIRST:m:[]:{AllTime}:[10s]");
        LiveSubscription last = live.Subscribe($"LAST:m:[]:{AllTime}:[10s]");
        live.Send(series, (5, 1), (2, 2), (2, 3), (8, 4), (8, 5), (7, 6));
        live.TickAt(20);
        Assert.Equal(["""{"window":[0,10],"value":3,"count":6}"""], LiveHarness.Drain(first));
        Assert.Equal(["""{"window":[0,10],"value":5,"count":6}"""], LiveHarness.Drain(last));
    }

    /// <summary>When every point comes once and in time, live windows are the windows of history.</summary>
    [Fact]
    public void Live_windows_are_the_windows_of_history() =>
        Prop.ForAll<DoNotSize<int>>(seed =>
        {
            Random random = new(seed.Item);
            QueryOp op = (QueryOp)random.Next(1, 8);
            string text = $"{op}:m:[]:{AllTime}:[{random.Next(1, 9)}s]{(random.Next(2) == 0 ? " BY host" : "")}";
            LiveHarness live = new();
            LiveSubscription subscription = live.Subscribe(text);
            SeriesId[] series = [live.Series("m", "host=a"), live.Series("m", "host=b"), live.Series("m")];
            List<string> got = [];
            for (int now = 0; now < 60; now++)
            {
                live.TickAt(now);
                foreach (SeriesId id in series)
                {
                    if (random.Next(2) == 0) continue;
                    live.Send(id, (now, random.Next(-100, 100) / 4.0));
                    if (op is QueryOp.First or QueryOp.Last) break; // equal times of two series: arrival decides
                }
                Collect(subscription, got);
            }
            live.TickAt(1_000);
            Collect(subscription, got);
            QueryExecutor executor = QueryExecutorTests.Executor(live.Store);
            QueryResult history = executor.Execute(subscription.Query, default);
            List<string> expected = [];
            foreach (QueryGroup group in history.Groups)
                foreach (Bucket window in group.Windows.Span)
                    expected.Add(Line(group.By, window.Start, window.Answer(op).Number, window.Count));
            got.Sort(StringComparer.Ordinal);
            expected.Sort(StringComparer.Ordinal);
            return expected.SequenceEqual(got).Label(text);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    private static void Collect(LiveSubscription subscription, List<string> into)
    {
        while (subscription.TryRead(out LiveMessage message))
            into.Add(Line(Texts(message.By), message.Timestamp, message.Value, message.Count));
    }

    private static string?[] Texts(byte[]?[]? by) =>
        Array.ConvertAll(by ?? [], value => value is null ? null : Encoding.UTF8.GetString(value));

    private static string Line(string?[] by, long start, double value, long count) =>
        $"{string.Join(',', by.Select(v => v ?? "null"))} {start} {Math.Round(value, 9)} {count}";
}
