using System;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Protocols.Statsd;

/// <summary>Adds up what StatsD's lines say, and makes points of it when it is told to flush. A counter goes to the
/// store as its total, which never falls while it is remembered: that is what PromQL's rate() wants. Needs no sink
/// between two flushes, and loses nothing when one has to wait. One thread; allocates nothing for known metrics.
/// </summary>
internal sealed partial class StatsdAggregator : IDisposable
{
    private const int ShownBytes = 128;
    private const uint Conflict = uint.MaxValue; // in the place of a metric's index

    private readonly IEventSink _sink;
    private readonly StatsdTable _table;
    private readonly LineCache _cache; // from name, kind and tags as they were sent to the metric
    private readonly StatsdKey _key = new();
    private readonly byte[] _sent = new byte[2 + StatsdLine.MaxNameBytes + StatsdLine.MaxTagBytes];
    private readonly StatsdCounters _counters;
    private readonly ProtocolCounters _protocol;
    private readonly ulong _seed;
    private ulong _random;
    private int _last; // the entry of the line before
    private uint _flush = 1;

    /// <param name="sink">Where the points go.</param>
    /// <param name="options">What is made of the lines.</param>
    /// <param name="budget">Pays for everything.</param>
    /// <param name="protocol">Receives what every protocol counts.</param>
    /// <param name="counters">Receives the rest.</param>
    /// <param name="seed">Keeps strangers from choosing texts that collide.</param>
    /// <param name="start">In store precision: when counters began at zero.</param>
    public StatsdAggregator(IEventSink sink, StatsdOptions options, ByteBudget budget, ProtocolCounters protocol,
        StatsdCounters counters, ulong seed, long start)
    {
        (_sink, _protocol, _counters, _seed, Flushed) = (sink, protocol, counters, seed, start);
        _random = seed | 1;
        _options = options;
        _budget = budget;
        _table = new StatsdTable(budget, options.MaxMetrics, seed);
        _cache = new LineCache(budget, ~seed);
        _batch = new WriteBatch(sink);
        _quantiles = Array.ConvertAll(options.Percentiles, QuantileTag);
    }

    /// <summary>The last thing that could not be read, cut short.</summary>
    public string Problem { get; private set; } = "";

    /// <summary>Takes a datagram's lines.</summary>
    /// <param name="datagram">Lines; the last need not end.</param>
    /// <param name="isCut">It did not fit: its last line is not whole.</param>
    public void Read(ReadOnlySpan<byte> datagram, bool isCut = false)
    {
        _protocol.Messages++;
        while (!datagram.IsEmpty)
        {
            int end = datagram.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? datagram : datagram[..end];
            datagram = end < 0 ? default : datagram[(end + 1)..];
            if (line.IsEmpty) continue;
            if (line[^1] is (byte)'\r' or (byte)' ') line = line.TrimEnd("\r "u8);
            if (end < 0 && isCut) Note(line);
            else if (!line.IsEmpty) ReadLine(line);
        }
    }

    public void Dispose()
    {
        _table.Dispose();
        _cache.Dispose();
    }

    private void ReadLine(ReadOnlySpan<byte> text)
    {
        if (text[0] == '_' && (text.StartsWith("_e{"u8) || text.StartsWith("_sc|"u8))) _counters.Ignored++;
        else if (!StatsdLine.TryRead(text, out StatsdLine line)) Note(text);
        else if (line.Kind == StatsdKind.Set) AddMember(line, text);
        else AddValues(line, text);
    }

    private void Note(ReadOnlySpan<byte> line)
    {
        _protocol.Malformed++;
        // What is dropped comes in floods; one in a while is enough to show.
        if (_protocol.Malformed - _noted < 1000 && Problem.Length > 0) return;
        _noted = _protocol.Malformed;
        Problem = Encoding.UTF8.GetString(line.Length > ShownBytes ? line[..ShownBytes] : line);
    }

    /// <summary>Each value stands for itself: one that can't be read takes no other with it.</summary>
    private void AddValues(in StatsdLine line, ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> values = line.Values;
        int metric = -1;
        for (bool isMore = true; isMore;)
        {
            int colon = values.IndexOf((byte)':');
            isMore = colon >= 0;
            ReadOnlySpan<byte> word = isMore ? values[..colon] : values;
            values = values[(colon + 1)..];
            bool isSigned = word.Length > 1 && word[0] is (byte)'+' or (byte)'-';
            bool isPlus = isSigned && word[0] == '+';
            bool isRead = NumberText.TryRead(isPlus ? word[1..] : word, out double value) && double.IsFinite(value)
                && !(isPlus && word[1] is (byte)'+' or (byte)'-') && !(line.Kind == StatsdKind.Counter && value < 0);
            if (!isRead) Note(text);
            else if (metric >= 0 || TryFind(line, text, out metric)) Add(metric, line, value, isSigned);
            else return; // it is counted
        }
    }

    private void Add(int index, in StatsdLine line, double value, bool isSigned)
    {
        ref StatsdMetric metric = ref _table.Metrics[index];
        _counters.Values[(int)line.Kind]++;
        metric.Touched = _flush;
        switch (line.Kind)
        {
            case StatsdKind.Counter:
                metric.Value = Sum(metric.Value, value * line.Weight);
                break;
            case StatsdKind.Gauge when line.HasTime && !isSigned:
                AddPast(metric, line.Seconds, value);
                break;
            case StatsdKind.Gauge:
                metric.Value = isSigned ? Sum(metric.Value, value) : value;
                metric.HasValue = true;
                break;
            case StatsdKind.Timer:
                metric.Min = metric.Seen == 0 ? value : Math.Min(metric.Min, value);
                metric.Max = metric.Seen == 0 ? value : Math.Max(metric.Max, value);
                metric.Value = Sum(metric.Value, value * line.Weight);
                metric.Events = Sum(metric.Events, line.Weight);
                if (!SampleBlock.TryAdd(_table, index, value, line.Weight, NextRandom())) _counters.SampleOverflows++;
                break;
        }
    }

    private void AddMember(in StatsdLine line, ReadOnlySpan<byte> text)
    {
        if (!TryFind(line, text, out int index)) return;
        _counters.Values[(int)StatsdKind.Set]++;
        _table.Metrics[index].Touched = _flush;
        if (!MemberBlock.TryAdd(_table, index, Hash64.Of(line.Values, _seed))) _counters.MemberOverflows++;
    }

    /// <summary>The metric of a line, which it makes when there is none. Senders repeat themselves: after the line
    /// before came this one the last time, too.</summary>
    private bool TryFind(in StatsdLine line, ReadOnlySpan<byte> text, out int metric)
    {
        metric = -1;
        _sent[0] = (byte)line.Kind;
        line.Name.CopyTo(_sent.AsSpan(1));
        int length = 1 + line.Name.Length;
        if (!line.Tags.IsEmpty)
        {
            _sent[length++] = (byte)'\n'; // no line has one
            line.Tags.CopyTo(_sent.AsSpan(length));
            length += line.Tags.Length;
        }
        ReadOnlySpan<byte> sent = _sent.AsSpan(0, length);
        Span<LineEntry> entries = _cache.Entries;
        int entry = _last < entries.Length ? entries[_last].Next : 0;
        if (entry == 0 || !sent.SequenceEqual(_cache.Texts.Slice(entries[entry].Start, entries[entry].Length)))
        {
            entry = _cache.Find(0, sent);
            if (entry == 0 && !TryMake(line, sent, text, out entry, out metric)) return false;
            if (entry == 0) return true; // it is not in the cache, which has no room
            entries = _cache.Entries;
            if (_last < entries.Length) entries[_last].Next = entry;
        }
        _last = entry;
        uint found = _cache.Entries[entry].Series;
        metric = (int)found;
        if (found != Conflict) return true;
        _counters.Conflicts++;
        return false;
    }

    /// <summary>Finds the metric of a line that was not seen before.</summary>
    /// <returns>False when there is none; it is counted, unless the entry says so.</returns>
    private bool TryMake(in StatsdLine line, ReadOnlySpan<byte> sent, ReadOnlySpan<byte> text, out int entry,
        out int metric)
    {
        (entry, metric) = (0, -1);
        if (!_key.TryMake(line.Name, line.Tags, line.Kind, out ReadOnlySpan<byte> key))
        {
            Note(text);
            return false;
        }
        metric = _table.Find(key);
        if (metric < 0 && !_table.TryAdd(key, line.Kind, out metric))
        {
            _counters.MetricOverflows++;
            return false;
        }
        bool isConflict = _table.Metrics[metric].Kind != line.Kind;
        entry = _cache.Add(0, sent, isConflict ? Conflict : (uint)metric);
        if (isConflict && entry == 0) _counters.Conflicts++;
        return !isConflict || entry != 0;
    }

    /// <summary>Stays finite: what is added to it must still be seen.</summary>
    private static double Sum(double a, double b) => Math.Clamp(a + b, -double.MaxValue, double.MaxValue);

    /// <summary>xorshift64: good enough to choose samples by.</summary>
    private ulong NextRandom()
    {
        _random ^= _random << 13;
        _random ^= _random >> 7;
        return _random ^= _random << 17;
    }
}
