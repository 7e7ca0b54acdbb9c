using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Tests.Engine.Fakes;

namespace Slungd.Tests.Engine.Query;

/// <summary>A hub over a fake store with a clock in seconds, and shorthand to feed it and read from it.</summary>
internal sealed class LiveHarness
{
    public LiveHarness(Limits? limits = null)
    {
        Store = new FakeSeriesReader(Precision.Seconds);
        Sink = new FakeEventSink(Store);
        Hub = new LiveHub(Sink, Store.KeyOf, Clock, limits ?? new Limits());
    }

    public FakeSeriesReader Store { get; }

    public FakeEventSink Sink { get; }

    public LiveHub Hub { get; }

    public FakeClock Clock { get; } = new();

    public RefusalLog Refusals { get; } = new();

    /// <summary>How often some subscription said that it is ready.</summary>
    public int Signals { get; private set; }

    public long Now
    {
        set => Clock.Now = DateTimeOffset.UnixEpoch.AddSeconds(value);
    }

    public LiveSubscription Subscribe(string text)
    {
        DslQuery query = DslTexts.Parse(text, Precision.Seconds);
        return Hub.TrySubscribe(query, () => Signals++, out LiveSubscription? subscription, out QueryParseError error)
            ? subscription!
            : throw new FormatException(error.ToString());
    }

    public SeriesId Series(string name, params string[] tags)
    {
        Hub.Resolve(FakeEventSink.WireKey(name, tags), ValueFamily.Float, out SeriesId series);
        return series;
    }

    /// <summary>Sends points of one series as rows of one batch.</summary>
    public void Send(SeriesId series, params (long At, double Value)[] points) =>
        Hub.AppendRows(7, Array.ConvertAll(points, p => Row(series, p.At, p.Value)), default, Refusals);

    public static EventRow Row(SeriesId series, long timestamp, double value) => new()
    {
        Series = series,
        Timestamp = timestamp,
        Bits = BitConverter.DoubleToUInt64Bits(value),
        Family = ValueFamily.Float,
    };

    /// <summary>Closes windows as the clock says.</summary>
    public void TickAt(long now)
    {
        Now = now;
        Hub.Tick(now);
    }

    /// <summary>Everything that waits, as JSON without id.</summary>
    public static List<string> Drain(LiveSubscription subscription)
    {
        List<string> messages = [];
        while (subscription.TryRead(out LiveMessage message))
        {
            ArrayBufferWriter<byte> bytes = new();
            LiveJson.Write(bytes, null, subscription.Query, in message);
            messages.Add(Encoding.UTF8.GetString(bytes.WrittenSpan));
        }
        return messages;
    }

    /// <summary>The timestamps of waiting events; a gap of n is -n.</summary>
    public static List<long> DrainTimes(LiveSubscription subscription)
    {
        List<long> times = [];
        while (subscription.TryRead(out LiveMessage message))
            times.Add(message.Kind == LiveMessageKind.Dropped ? -message.Count : message.Timestamp);
        return times;
    }
}
