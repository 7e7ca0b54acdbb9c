using System;
using System.Buffers;
using System.Collections.Generic;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Native.Checks;

namespace Slungd.Engine.Store;

/// <summary>
/// Walks one series through all places that hold points of it. Where no other place has points between a block's ends,
/// the block is handed out as it is: a page's summary, a decoded page, or a memtable's own columns. Where places
/// overlap, their points are merged into columns of our own in runs; of equal timestamps the newest write wins. Places
/// are opened only when the walk reaches them, so that a thousand segments in a row cost one open one at a time.
/// </summary>
internal sealed class StoreCursor(StoreView? view) : SeriesCursor
{
    private const int MergedPoints = 4096;

    /// <summary>A merged block of a payload family ends when it holds this many bytes.</summary>
    private const int MergedPayloadBytes = 1024 * 1024;

    /// <summary>A segment with points of the series in the range, not opened yet.</summary>
    private struct Candidate
    {
        public long First;
        public int Rank;
        public SeriesEntry Entry;
    }

    private readonly List<PointSource> _spare = [];
    private PointSource[] _open = new PointSource[4];
    private int _openCount;
    private Candidate[] _candidates = new Candidate[8];
    private int _candidateCount;
    private int _nextCandidate;
    private Segment[] _segments = [];
    private TombstoneSet _tombstones = TombstoneSet.Empty;
    private SeriesId _series;
    private TimeRange _range;
    private bool _acceptSummaries;
    private ValueFamily _family;

    private PointSource? _direct; // the block is this source's, untouched
    private long[] _timestamps = [];
    private ulong[] _values = [];
    private byte[] _payload = [];
    private int _merged; // else so many points of our own columns
    private int _mergedPayload;

    public override ValueFamily Family => _family;

    public override ReadOnlySpan<long> Timestamps =>
        _direct is null ? _timestamps.AsSpan(0, _merged) : IsSummary ? default : _direct.Timestamps;

    public override ReadOnlySpan<ulong> Values =>
        _direct is null ? _values.AsSpan(0, _merged) : IsSummary ? default : _direct.Values;

    public override bool TrySum(out long count, out double sum)
    {
        (count, sum) = (0, 0);
        if (_direct is null || !_direct.TrySum(out sum)) return false;
        count = _direct.Count;
        return true;
    }

    public override ReadOnlySpan<byte> PayloadAt(int index)
    {
        if (_direct is not null) return _direct.Payload(_direct.Values[index]);
        PayloadRef at = PayloadRef.FromBits(_values[index]);
        return _payload.AsSpan((int)at.Offset, (int)at.Length);
    }

    /// <summary>Starts over for a series.</summary>
    public void Start(StoreState state, SeriesId series, ValueFamily family, TimeRange range, bool acceptSummaries)
    {
        CloseAll();
        (_family, _range, _acceptSummaries) = (family, range, acceptSummaries);
        if (range.IsEmpty) return;
        (_segments, _tombstones, _series) = (state.Segments, state.Tombstones, series);
        for (int i = 0; i < state.Segments.Length; i++)
        {
            if (!view!.TryFind(state.Segments[i], series, range, out SeriesEntry entry)) continue;
            if (_candidateCount == _candidates.Length) Array.Resize(ref _candidates, _candidateCount * 2);
            _candidates[_candidateCount++] =
                new Candidate { First = Math.Max(entry.FirstTimestamp, range.Start), Rank = i, Entry = entry };
        }
        SortCandidates();
        int rank = state.Segments.Length;
        foreach (Memtable memtable in state.Waiting) OpenMemtable(memtable, series, rank++);
        OpenMemtable(state.Active, series, rank);
    }

    /// <summary>Starts over for a series in segments alone, which the caller keeps open. Summaries are accepted: each
    /// stands for a whole page, see <see cref="WholePage"/> and <see cref="Expand"/>.</summary>
    /// <param name="segments">By age of their writes, oldest first.</param>
    /// <param name="entries">The series in each of them; without pages where it has none.</param>
    /// <param name="family">The same in all of them.</param>
    /// <param name="range">Not empty.</param>
    /// <param name="tombstones">What was deleted.</param>
    /// <param name="series">Its id for those.</param>
    public void Start(Segment[] segments, ReadOnlySpan<SeriesEntry> entries, ValueFamily family, TimeRange range,
        TombstoneSet tombstones, SeriesId series)
    {
        CloseAll();
        (_tombstones, _series) = (tombstones, series);
        (_family, _range, _acceptSummaries, _segments) = (family, range, true, segments);
        if (_candidates.Length < entries.Length) _candidates = new Candidate[entries.Length];
        for (int i = 0; i < entries.Length; i++)
        {
            ref readonly SeriesEntry entry = ref entries[i];
            if (entry.PageCount == 0 || !range.Overlaps(entry.FirstTimestamp, entry.LastTimestamp)) continue;
            _candidates[_candidateCount++] =
                new Candidate { First = Math.Max(entry.FirstTimestamp, range.Start), Rank = i, Entry = entry };
        }
        SortCandidates();
    }

    /// <summary>While the block is a summary: the page that it is of.</summary>
    public ref readonly PageDescriptor WholePage(out SegmentReader reader)
    {
        Invariant.Check(IsSummary);
        reader = _segments[_direct!.Rank].Reader;
        return ref _direct.Page;
    }

    /// <summary>Turns a summary into its points.</summary>
    public void Expand() => IsSummary = false;

    private void SortCandidates()
    {
        if (_candidateCount > 1)
            _candidates.AsSpan(0, _candidateCount).Sort(static (a, b) => a.First.CompareTo(b.First));
    }

    /// <summary>Lets all sources and columns go; the cursor can be started again.</summary>
    public override void Dispose()
    {
        CloseAll();
        foreach (PointSource source in _spare) source.Release();
        if (_timestamps.Length == 0) return;
        ArrayPool<long>.Shared.Return(_timestamps);
        ArrayPool<ulong>.Shared.Return(_values);
        (_timestamps, _values) = ([], []);
    }

    private void CloseAll()
    {
        for (int i = 0; i < _openCount; i++)
        {
            _open[i].Close();
            _spare.Add(_open[i]);
        }
        _openCount = _candidateCount = _nextCandidate = _merged = 0;
        _direct = null;
        IsSummary = false;
    }

    public override bool MoveNext()
    {
        if (_direct is not null)
        {
            bool isAlone = _openCount == 1 && _nextCandidate == _candidateCount;
            bool hasMore = _direct.MoveNext(isAlone);
            if (hasMore && isAlone)
            {
                HandOut(_direct);
                return true;
            }
            if (!hasMore) Remove(Array.IndexOf(_open, _direct));
        }
        _direct = null;
        _merged = 0;
        IsSummary = false;
        PointSource? source = Pick(out long through);
        if (source is null) return false;
        if (source.Last <= through) HandOut(source);
        else Merge(source, through);
        return true;
    }

    /// <summary>The source with the oldest point. It alone has points up to and including <paramref name="through"/>:
    /// older writes of the same timestamp were skipped.</summary>
    private PointSource? Pick(out long through)
    {
        while (true)
        {
            PointSource? oldest = null;
            for (int i = 0; i < _openCount; i++)
            {
                PointSource source = _open[i];
                if (oldest is null || source.Head < oldest.Head ||
                    (source.Head == oldest.Head && source.Rank > oldest.Rank))
                {
                    oldest = source;
                }
            }
            through = long.MaxValue;
            if (_nextCandidate < _candidateCount)
            {
                long first = _candidates[_nextCandidate].First;
                if (oldest is null || first <= oldest.Head)
                {
                    OpenNextCandidate();
                    continue;
                }
                through = first - 1;
            }
            if (oldest is not null && _openCount > 1) through = SkipEqualHeads(oldest, through);
            return oldest;
        }
    }

    private long SkipEqualHeads(PointSource oldest, long through)
    {
        for (int i = _openCount - 1; i >= 0; i--) // backwards: a source that ends is replaced by the last one
        {
            PointSource source = _open[i];
            if (source == oldest) continue;
            if (source.Head == oldest.Head)
            {
                source.Load();
                if (!source.Consume(1))
                {
                    Remove(i);
                    continue;
                }
            }
            through = Math.Min(through, source.Head - 1);
        }
        return through;
    }

    private void HandOut(PointSource source)
    {
        _direct = source;
        IsSummary = _acceptSummaries && source.HasSummary;
        if (IsSummary) Summary = source.Summary;
    }

    private void Merge(PointSource? source, long through)
    {
        if (_timestamps.Length == 0)
        {
            _timestamps = ArrayPool<long>.Shared.Rent(MergedPoints);
            _values = ArrayPool<ulong>.Shared.Rent(MergedPoints);
        }
        _mergedPayload = 0;
        while (source is not null)
        {
            // A whole block is handed out as it is, next time.
            if (_merged > 0 && !source.IsLoaded && source.Last <= through) return;
            source.Load();
            int run = Math.Min(source.CountThrough(through), MergedPoints - _merged);
            if (_family.HasPayload()) run = CopyPayloads(source, run);
            else source.Values[..run].CopyTo(_values.AsSpan(_merged));
            source.Timestamps[..run].CopyTo(_timestamps.AsSpan(_merged));
            _merged += run;
            if (!source.Consume(run)) Remove(Array.IndexOf(_open, source));
            if (_merged == MergedPoints || _mergedPayload >= MergedPayloadBytes) return;
            source = Pick(out through);
        }
    }

    /// <summary>Copies values with their bytes; stops early when the block has enough.</summary>
    private int CopyPayloads(PointSource source, int run)
    {
        ReadOnlySpan<ulong> values = source.Values;
        int copied = 0;
        while (copied < run && (copied == 0 || _mergedPayload < MergedPayloadBytes))
        {
            ReadOnlySpan<byte> bytes = source.Payload(values[copied]);
            if (_payload.Length - _mergedPayload < bytes.Length)
                Array.Resize(ref _payload, Math.Max(_mergedPayload + bytes.Length, _payload.Length * 2));
            bytes.CopyTo(_payload.AsSpan(_mergedPayload));
            _values[_merged + copied++] = new PayloadRef((uint)_mergedPayload, (uint)bytes.Length).ToBits();
            _mergedPayload += bytes.Length;
        }
        return copied;
    }

    private void OpenNextCandidate()
    {
        ref Candidate candidate = ref _candidates[_nextCandidate++];
        Segment segment = _segments[candidate.Rank];
        PointSource source = TakeSpare();
        Keep(source, source.Open(segment, in candidate.Entry, _range, candidate.Rank, _tombstones, _series));
    }

    private void OpenMemtable(Memtable memtable, SeriesId series, int rank)
    {
        if (!_range.Overlaps(memtable.MinTimestamp, memtable.MaxTimestamp)) return;
        PointSource source = TakeSpare();
        Keep(source, source.Open(memtable, series, _family, _range, rank));
    }

    private PointSource TakeSpare()
    {
        if (_spare.Count == 0) return new PointSource(view);
        PointSource source = _spare[^1];
        _spare.RemoveAt(_spare.Count - 1);
        return source;
    }

    private void Keep(PointSource source, bool hasPoints)
    {
        if (!hasPoints)
        {
            _spare.Add(source);
            return;
        }
        if (_openCount == _open.Length) Array.Resize(ref _open, _openCount * 2);
        _open[_openCount++] = source;
    }

    /// <summary>Takes a source that has closed itself out of the open ones.</summary>
    private void Remove(int index)
    {
        _spare.Add(_open[index]);
        _open[index] = _open[--_openCount];
    }
}
