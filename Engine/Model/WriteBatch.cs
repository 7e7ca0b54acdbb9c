using System;
using System.Buffers.Binary;
using Slungd.Native.Bits;
using Slungd.Native.Checks;

namespace Slungd.Engine.Model;

/// <summary>Points of any series and family on their way into a sink, and for each the answer whether it is kept: the
/// way in for whoever does not speak the wire form of port 2077 (remote write, line protocols, import, embedding).
/// <code>
/// batch.Clear();
/// batch.BeginSeries("cpu"u8); batch.AddLabel("host"u8, "a"u8);
/// batch.AddFloat(1, 42.5); batch.AddInt(2, 43);
/// batch.BeginSeries(id); batch.AddBool(3, true);
/// ulong commit = batch.Commit(); // on disk as the WAL mode promises once sink.KeptThrough has reached it
/// batch.Refusals.CodeOf(1)       // None: kept
/// </code>
/// Points are numbered from 0 in the order in which they are added; what is refused never touches its neighbours. As
/// many points as one likes: what is gathered goes to the sink whenever it is enough. Before a batch look at <see
/// cref="IEventSink.State"/>. Reused, allocates nothing once it has grown; one thread.</summary>
internal sealed class WriteBatch
{
    /// <summary>Points that are handed over together.</summary>
    private const int MaxPoints = 8192;

    /// <summary>Bytes of keys, and of values, that are enough to hand over.</summary>
    private const int EnoughBytes = 1 << 20;

    private const int FirstPoints = 64;

    // In the place of a key's index.
    private const int HasSeries = -1;
    private const int RefusedRun = -2;

    private const int KeyHeaderBytes = 4;

    /// <summary>The most bytes of a series' name and tags together; more than any message of port 2077 is refused
    /// for.</summary>
    public const int MaxKeyBytes = 1 << 20;

    /// <summary>The most bytes of one value.</summary>
    public const int MaxValueBytes = 1 << 20;

    private readonly IEventSink _sink;
    private readonly ulong _producer;
    private readonly RefusalLog _call = new(); // of one call to the sink
    private long[] _timestamps = [];
    private ulong[] _values = [];
    private int _count;
    private ColumnRun[] _runs = []; // whose points they are; of refused ones the code stands for the series
    private int[] _keyOfRun = []; // index of its key, or one of the constants
    private int _runCount;
    private bool _isRunOpen; // points of the series begun last may join it
    private EventRow[] _rows = []; // points of payload families, on their way to the sink
    private EventRow[] _keyRows = []; // a row per key, for its series; Bits hold the code of one that is refused
    private int[] _keyEnds = [];
    private int _keyCount;
    private int _resolvedKeys; // of those; their rows have the answer
    private byte[] _keys = [];
    private int _keyBytes;
    private byte[] _payload = [];
    private int _payloadBytes;
    private int _handedOver; // points of this batch that the sink has seen

    private int _key; // of the series begun last, or HasSeries; there is none when it is refused
    private SeriesId _series;
    private RefusalCode _refused;
    private bool _isOpen; // its key still grows
    private int _keyStart;
    private int _tags;
    private ulong _commit;

    /// <param name="sink">Where the points go.</param>
    /// <param name="producer">See <see cref="IEventSink.AppendRows"/>.</param>
    public WriteBatch(IEventSink sink, ulong producer = 0)
    {
        _sink = sink;
        _producer = producer;
        Clear();
    }

    /// <summary>Points added since <see cref="Clear"/>.</summary>
    public int Count => _handedOver + _count;

    /// <summary>Of these, the first ones whose answer is there: the sink has seen them.</summary>
    public int Answered => _handedOver;

    /// <summary>Why the series begun last is refused; None: it is not, or not resolved yet.</summary>
    public RefusalCode SeriesRefusal => _refused;

    /// <summary>After <see cref="Commit"/>: what was refused, in order.</summary>
    public RefusalLog Refusals { get; } = new();

    /// <summary>Starts a batch; what was added and not committed is forgotten.</summary>
    public void Clear()
    {
        Refusals.Clear();
        Forget();
        (_handedOver, _commit) = (0, 0);
        Refuse(RefusalCode.Malformed); // points without a series
    }

    /// <summary>The points that follow belong to this series; its tags come first, if there are any.</summary>
    public void BeginSeries(ReadOnlySpan<byte> name)
    {
        TakeBackEmpty();
        if (_keyBytes >= EnoughBytes) HandOver();
        if (name.Length > ushort.MaxValue)
        {
            Refuse(RefusalCode.Malformed);
            return;
        }
        _keyStart = _keyBytes;
        _tags = 0;
        _isOpen = true;
        _isRunOpen = false;
        Span<byte> to = AddKeyBytes(KeyHeaderBytes + name.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(to, (ushort)name.Length);
        name.CopyTo(to[KeyHeaderBytes..]);
    }

    /// <summary>Finds or creates the series begun last at once, for a caller that remembers it; those before it come
    /// first, so that at a limit of series it is the last ones that are refused.</summary>
    /// <param name="family">That of its points.</param>
    /// <returns>None when it is refused, as its points will be.</returns>
    public SeriesId Resolve(ValueFamily family)
    {
        if (!_isOpen) return SeriesId.None;
        _isOpen = false;
        ResolveKeys();
        Span<byte> key = _keys.AsSpan(_keyStart, _keyBytes - _keyStart);
        BinaryPrimitives.WriteUInt16LittleEndian(key[2..], (ushort)_tags);
        RefusalCode code = _sink.Resolve(key, family, out SeriesId series);
        _keyBytes = 0; // none is left
        (_key, _series, _refused) = (HasSeries, series, code);
        return series;
    }

    /// <summary>The points that follow belong to a series that the sink has resolved.</summary>
    public void BeginSeries(SeriesId series)
    {
        TakeBackEmpty();
        _isRunOpen = false;
        (_key, _series, _refused) = (HasSeries, series, RefusalCode.None);
    }

    /// <summary>Adds a tag to the series begun last. Order and doubles do not matter.</summary>
    public void AddTag(ReadOnlySpan<byte> tag) => AddTag(default, default, tag);

    /// <summary>Adds the tag `key=value`; an empty value is the same as no label. A key that is empty or contains `=`
    /// refuses the series: it would read as another one.</summary>
    public void AddLabel(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.IsEmpty || key.Contains((byte)'=')) Drop();
        else if (!value.IsEmpty) AddTag(key, "="u8, value);
    }

    /// <summary>Adds a point of the series begun last; returns its number.</summary>
    public int AddFloat(long timestamp, double value) =>
        Add(ValueFamily.Float, timestamp, BitConverter.DoubleToUInt64Bits(value));

    /// <inheritdoc cref="AddFloat"/>
    public int AddInt(long timestamp, long value) => Add(ValueFamily.Int, timestamp, (ulong)value);

    /// <inheritdoc cref="AddFloat"/>
    public int AddUInt(long timestamp, ulong value) => Add(ValueFamily.UInt, timestamp, value);

    /// <inheritdoc cref="AddFloat"/>
    public int AddBool(long timestamp, bool value) => Add(ValueFamily.Bool, timestamp, value ? 1UL : 0);

    /// <summary>Adds a point of the Bytes, String or Histogram series begun last; returns its number.</summary>
    public int AddPayload(ValueFamily family, long timestamp, ReadOnlySpan<byte> value)
    {
        if (value.Length > MaxValueBytes || !family.HasPayload()) return AddRefused(RefusalCode.Malformed);
        if (_payload.Length - _payloadBytes < value.Length)
            Array.Resize(ref _payload, Math.Max(_payloadBytes + value.Length, Math.Max(4096, _payload.Length * 2)));
        value.CopyTo(_payload.AsSpan(_payloadBytes));
        var at = new PayloadRef((uint)_payloadBytes, (uint)value.Length);
        _payloadBytes += value.Length;
        return Add(family, timestamp, at.ToBits());
    }

    /// <summary>Adds a point that its caller refuses, so that it keeps its number; returns that.</summary>
    public int AddRefused(RefusalCode code)
    {
        _isRunOpen &= _runCount > 0 && _keyOfRun[_runCount - 1] == RefusedRun
            && _runs[_runCount - 1].Series == new SeriesId((uint)code);
        if (!_isRunOpen) BeginRun(RefusedRun, new SeriesId((uint)code), ValueFamily.None);
        return AddPoint(0, 0);
    }

    /// <inheritdoc cref="IEventSink.CheckTime"/>
    public RefusalCode CheckTime(long timestamp) => _sink.CheckTime(timestamp);

    /// <summary>Adds floats of the series begun last.</summary>
    public void AddFloats(ReadOnlySpan<long> timestamps, ReadOnlySpan<double> values)
    {
        Invariant.Equal(values.Length, timestamps.Length);
        while (!values.IsEmpty)
        {
            bool isTaken = TryOpenRun(ValueFamily.Float);
            int count = isTaken ? Math.Min(values.Length, MaxPoints - _count) : values.Length;
            if (isTaken)
            {
                GrowPoints(_count + count);
                timestamps[..count].CopyTo(_timestamps.AsSpan(_count));
                Reinterpret.AsUInt64(values[..count]).CopyTo(_values.AsSpan(_count));
                _count += count;
                _runs[_runCount - 1].Count += count;
                if (_count == MaxPoints) HandOver();
            }
            else
            {
                foreach (double _ in values) AddRefused(_refused);
            }
            timestamps = timestamps[count..];
            values = values[count..];
        }
    }

    /// <summary>Sees to it that the next so many points, of series that are resolved, are handed over together. At
    /// most <see cref="MaxPoints"/>; before their series.</summary>
    public void MakeRoom(int points)
    {
        if (_count + points <= MaxPoints) return;
        TakeBackEmpty();
        HandOver();
    }

    /// <summary>Hands everything over and ends the batch; <see cref="Clear"/> starts the next one.</summary>
    /// <returns>The commit number that covers all points; 0 when none was kept.</returns>
    public ulong Commit()
    {
        TakeBackEmpty();
        HandOver();
        Refuse(RefusalCode.Malformed);
        return _commit;
    }

    private int Add(ValueFamily family, long timestamp, ulong bits)
    {
        return TryOpenRun(family) ? AddPoint(timestamp, bits) : AddRefused(_refused);
    }

    /// <summary>Makes the last run one of the series begun last and this family; false when the series is refused.
    /// </summary>
    private bool TryOpenRun(ValueFamily family)
    {
        CloseKey();
        if (_refused != RefusalCode.None) return false;
        if (_isRunOpen && _runs[_runCount - 1].Family == family) return true;
        if (_key >= 0 && _keyRows[_key].Family == ValueFamily.None) _keyRows[_key].Family = family;
        BeginRun(_key, _series, family);
        return true;
    }

    private void BeginRun(int key, SeriesId series, ValueFamily family)
    {
        if (_runCount == _runs.Length)
        {
            int length = Math.Min(MaxPoints, Math.Max(FirstPoints, _runCount * 2));
            Array.Resize(ref _runs, length);
            Array.Resize(ref _keyOfRun, length);
        }
        _runs[_runCount] = new ColumnRun { Series = series, Family = family };
        _keyOfRun[_runCount++] = key;
        _isRunOpen = true;
    }

    /// <summary>Adds a point of the last run.</summary>
    private int AddPoint(long timestamp, ulong bits)
    {
        if (_count == _values.Length) GrowPoints(_count + 1);
        _timestamps[_count] = timestamp;
        _values[_count] = bits;
        _runs[_runCount - 1].Count++;
        int number = _handedOver + _count++;
        if (_count == MaxPoints || _payloadBytes >= EnoughBytes) HandOver();
        return number;
    }

    /// <summary>Ends the key of the series begun last.</summary>
    private void CloseKey()
    {
        if (!_isOpen) return;
        _isOpen = false;
        BinaryPrimitives.WriteUInt16LittleEndian(_keys.AsSpan(_keyStart + 2), (ushort)_tags);
        if (_keyCount == _keyEnds.Length)
        {
            int length = Math.Max(FirstPoints, _keyCount * 2);
            Array.Resize(ref _keyEnds, length);
            Array.Resize(ref _keyRows, length);
        }
        _keyEnds[_keyCount] = _keyBytes;
        _keyRows[_keyCount] = default; // its family is that of its first point
        (_key, _series, _refused) = (_keyCount++, SeriesId.None, RefusalCode.None);
        _isRunOpen = false;
    }

    private void AddTag(ReadOnlySpan<byte> key, ReadOnlySpan<byte> equals, ReadOnlySpan<byte> value)
    {
        if (!_isOpen) return; // the series was refused, or its points have begun
        int length = key.Length + equals.Length + value.Length;
        if (length > ushort.MaxValue || _tags == ushort.MaxValue || _keyBytes - _keyStart + 2 + length > MaxKeyBytes)
        {
            Drop();
            return;
        }
        _tags++;
        Span<byte> to = AddKeyBytes(2 + length);
        BinaryPrimitives.WriteUInt16LittleEndian(to, (ushort)length);
        key.CopyTo(to[2..]);
        equals.CopyTo(to[(2 + key.Length)..]);
        value.CopyTo(to[(2 + length - value.Length)..]);
    }

    /// <summary>Takes the key of the series begun last back: its points will be refused.</summary>
    private void Drop()
    {
        if (!_isOpen) return;
        _isOpen = false;
        _keyBytes = _keyStart;
        Refuse(RefusalCode.Malformed);
    }

    private void Refuse(RefusalCode code)
    {
        (_key, _series, _refused) = (HasSeries, SeriesId.None, code);
        _isRunOpen = false;
    }

    /// <summary>A series without points is none.</summary>
    private void TakeBackEmpty()
    {
        if (_isOpen) _keyBytes = _keyStart;
        else if (_key >= 0 && _keyRows[_key].Family == ValueFamily.None)
            _keyBytes = --_keyCount == _resolvedKeys ? 0 : _keyEnds[_keyCount - 1];
        _isOpen = false;
    }

    private Span<byte> AddKeyBytes(int length)
    {
        if (_keys.Length - _keyBytes < length)
            Array.Resize(ref _keys, Math.Max(_keyBytes + length, Math.Max(4096, _keys.Length * 2)));
        Span<byte> to = _keys.AsSpan(_keyBytes, length);
        _keyBytes += length;
        return to;
    }

    private void GrowPoints(int count)
    {
        if (count <= _values.Length) return;
        int length = Math.Min(MaxPoints, Math.Max(FirstPoints, Math.Max(count, _count * 2)));
        Array.Resize(ref _timestamps, length);
        Array.Resize(ref _values, length);
    }

    private void Forget()
    {
        (_count, _runCount, _keyCount, _resolvedKeys, _keyBytes, _payloadBytes) = (0, 0, 0, 0, 0, 0);
        _isOpen = _isRunOpen = false;
    }

    /// <summary>Gives the sink what was gathered. The series begun last goes on by its id.</summary>
    private void HandOver()
    {
        ResolveKeys();
        int at = 0;
        for (int start = 0; start < _runCount;)
        {
            RefusalCode code = TakeSeries(start);
            bool hasPayload = _runs[start].Family.HasPayload();
            int count = _runs[start].Count, end = start + 1;
            for (; end < _runCount; count += _runs[end++].Count)
                if (TakeSeries(end) != code || _runs[end].Family.HasPayload() != hasPayload) break;
            if (code == RefusalCode.None) Append(start, end, at, count, hasPayload);
            else
            {
                Refusals.Add(_handedOver, count, code);
                _sink.CountRefused(count, code);
            }
            _handedOver += count;
            at += count;
            start = end;
        }
        if (_key >= 0) (_key, _series, _refused) = (HasSeries, _keyRows[_key].Series, (RefusalCode)_keyRows[_key].Bits);
        Forget();
    }

    /// <summary>Gives the keys that are closed their series; their bytes are of no more use.</summary>
    private void ResolveKeys()
    {
        int first = _resolvedKeys;
        if (first == _keyCount) return;
        _resolvedKeys = _keyCount;
        Span<EventRow> keyRows = _keyRows.AsSpan(first, _keyCount - first);
        _call.Clear();
        ReadOnlySpan<int> ends = _keyEnds.AsSpan(first, keyRows.Length);
        _sink.ResolveRows(_keys.AsSpan(0, ends[^1]), ends, keyRows, _call);
        foreach (Refusal refused in _call.Runs)
        {
            foreach (ref EventRow key in keyRows.Slice(refused.First, refused.Count)) key.Bits = (ulong)refused.Code;
        }
    }

    /// <summary>Gives a run its series; says why when there is none.</summary>
    private RefusalCode TakeSeries(int run)
    {
        int key = _keyOfRun[run];
        if (key == HasSeries) return RefusalCode.None;
        if (key == RefusedRun) return (RefusalCode)_runs[run].Series.Value;
        _runs[run].Series = _keyRows[key].Series;
        return (RefusalCode)_keyRows[key].Bits;
    }

    private void Append(int firstRun, int endRun, int at, int count, bool hasPayload)
    {
        _call.Clear();
        ReadOnlySpan<ColumnRun> runs = _runs.AsSpan(firstRun, endRun - firstRun);
        ulong commit = hasPayload
            ? _sink.AppendRows(_producer, Rows(runs, at, count), _payload.AsSpan(0, _payloadBytes), _call)
            : _sink.AppendRuns(_producer, runs, _timestamps.AsSpan(at, count), _values.AsSpan(at, count), _call);
        _call.Sort();
        foreach (Refusal refused in _call.Runs)
            Refusals.Add(_handedOver + refused.First, refused.Count, refused.Code);
        if (_call.Points < count) _commit = Math.Max(_commit, commit);
    }

    private ReadOnlySpan<EventRow> Rows(ReadOnlySpan<ColumnRun> runs, int at, int count)
    {
        if (_rows.Length < count) _rows = new EventRow[Math.Max(FirstPoints, count)];
        int to = 0;
        foreach (ref readonly ColumnRun run in runs)
            for (int i = 0; i < run.Count; i++, at++)
                _rows[to++] = new EventRow
                {
                    Timestamp = _timestamps[at], Bits = _values[at], Series = run.Series, Family = run.Family,
                };
        return _rows.AsSpan(0, count);
    }
}
