using System;

namespace Slungd.Engine.Model;

/// <summary>Whether the sink takes points now.</summary>
internal enum SinkState : byte
{
    /// <summary>Takes points.</summary>
    Ready,
    /// <summary>The store is being opened: nobody may write yet.</summary>
    Recovering,
    /// <summary>The memory budget is used up for now: pause reading (at most 10 s), then refuse with code 8.</summary>
    MemoryShort,
    /// <summary>Disk short, read-only or failing: pause reading (at most 10 s), then refuse with code 9.</summary>
    DiskShort,
    /// <summary>The daemon is shutting down.</summary>
    Stopping,
}

/// <summary>The waist in. Every door (sockets, HTTP, workflows, import) writes through it, from any thread.
/// A call returns when its points are stored and queryable; when they are also as durable as the WAL mode promises,
/// <see cref="KeptThrough"/> has reached the returned commit number.</summary>
internal interface IEventSink
{
    /// <summary>Callers look here before each batch, and hold back (pause the socket) while it is not Ready.
    /// A batch begun while Ready finds room in the reserve for batches in flight; a larger one is stored in pieces, and
    /// the call waits between them, as long as a sink holds writers back, until there is room for the next.</summary>
    SinkState State { get; }

    /// <summary>What to tell a person while <see cref="State"/> is not Ready; else null.</summary>
    string? StateReason { get; }

    /// <summary>The unit of every timestamp passed in.</summary>
    Precision Precision { get; }

    /// <summary>Whether a point of this time would be refused for it now: for who keeps a state besides.</summary>
    /// <returns>None, TooOld or TooNew.</returns>
    RefusalCode CheckTime(long timestamp) => RefusalCode.None;

    /// <summary>Finds the series of a wire key, or creates it with this family. Allocates nothing for a known series
    /// in a known tag order. The wire key is `u16 series_len | u16 tag_count | series | tag_count x (u16 len | tag)`,
    /// little-endian, well-formed (the caller has checked that every slice fits and the end is exact).</summary>
    /// <returns>None, or SeriesLimit or Memory with <paramref name="series"/> = SeriesId.None.</returns>
    RefusalCode Resolve(ReadOnlySpan<byte> wireKey, ValueFamily family, out SeriesId series);

    /// <summary>As <see cref="Resolve"/> for a batch, which lets a sink overlap the look-ups: sets each row's series,
    /// by its family. A refused row gets None and is named in <paramref name="refusals"/> by its index.</summary>
    /// <param name="wireKeys">The keys, one behind the other.</param>
    /// <param name="ends">Where each row's key ends.</param>
    /// <param name="rows">As many as ends.</param>
    /// <param name="refusals">Receives what was refused.</param>
    void ResolveRows(ReadOnlySpan<byte> wireKeys, ReadOnlySpan<int> ends, Span<EventRow> rows, RefusalLog refusals)
    {
        int start = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            RefusalCode code = Resolve(wireKeys[start..ends[i]], rows[i].Family, out rows[i].Series);
            if (code != RefusalCode.None) refusals.Add(i, 1, code);
            start = ends[i];
        }
    }

    /// <inheritdoc cref="Resolve(ReadOnlySpan{byte}, ValueFamily, out SeriesId)"/>
    /// <param name="wireKey">See there.</param>
    /// <param name="family">Of a new series.</param>
    /// <param name="series">The result.</param>
    /// <param name="allowance">Pays for a new series; a sink that keeps nothing need not ask it.</param>
    RefusalCode Resolve(ReadOnlySpan<byte> wireKey, ValueFamily family, out SeriesId series,
        SeriesAllowance? allowance) => Resolve(wireKey, family, out series);

    /// <inheritdoc cref="ResolveRows(ReadOnlySpan{byte}, ReadOnlySpan{int}, Span{EventRow}, RefusalLog)"/>
    /// <param name="wireKeys">See there.</param>
    /// <param name="ends">See there.</param>
    /// <param name="rows">See there.</param>
    /// <param name="refusals">Receives what was refused.</param>
    /// <param name="allowance">Pays for new series.</param>
    void ResolveRows(ReadOnlySpan<byte> wireKeys, ReadOnlySpan<int> ends, Span<EventRow> rows, RefusalLog refusals,
        SeriesAllowance? allowance) => ResolveRows(wireKeys, ends, rows, refusals);

    /// <summary>Stores rows of any series in their order. Refused points are added to <paramref name="refusals"/>
    /// (indexes from 0 in this call); their neighbours stand. Rows whose series is None must not be passed.</summary>
    /// <param name="producer">The connection that sent them, 0 for workflows and internal writers.</param>
    /// <param name="rows">The points.</param>
    /// <param name="payload">The bytes that rows with a payload family refer to.</param>
    /// <param name="refusals">Receives what was refused.</param>
    /// <returns>The commit number of these points.</returns>
    ulong AppendRows(ulong producer, ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload, RefusalLog refusals);

    /// <summary>Stores points of any numeric series, run behind run: as <see cref="AppendRows"/> does, but what is the
    /// same for all points of a run is done once.</summary>
    /// <param name="producer">See there.</param>
    /// <param name="runs">Whose points they are.</param>
    /// <param name="timestamps">Those of all runs.</param>
    /// <param name="values">As many.</param>
    /// <param name="refusals">Receives what was refused, by its index in the columns.</param>
    /// <returns>The commit number of these points.</returns>
    ulong AppendRuns(ulong producer, ReadOnlySpan<ColumnRun> runs, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals)
    {
        var rows = new EventRow[values.Length];
        int at = 0;
        foreach (ColumnRun run in runs)
            for (int end = at + run.Count; at < end; at++)
                rows[at] = new EventRow
                {
                    Timestamp = timestamps[at], Bits = values[at], Series = run.Series, Family = run.Family,
                };
        return AppendRows(producer, rows, default, refusals);
    }

    /// <summary>Stores one series' columns of equal length, numeric families only.</summary>
    ulong AppendColumn(ulong producer, SeriesId series, ValueFamily family, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals);

    /// <summary>Stores one series' column at start, start + step, ...; the caller has checked that the last timestamp
    /// fits in i64. A step of 0 or below is legal: later points win or go back in time.</summary>
    ulong AppendRegular(ulong producer, SeriesId series, ValueFamily family, long start, long step,
        ReadOnlySpan<ulong> values, RefusalLog refusals);

    /// <summary>Tells of points that their writer refused before an append, most because of their series, so that the
    /// sink's figures are whole.</summary>
    void CountRefused(int points, RefusalCode code)
    {
        // A sink without figures.
    }

    /// <summary>Tells of a request or connection whose points were refused unread.</summary>
    void CountTurnedAway(RefusalCode code)
    {
        // A sink without figures.
    }

    /// <summary>Every commit up to this number is kept as the WAL mode promises. Never goes back.</summary>
    ulong KeptThrough { get; }

    /// <summary>Adds a callback, run on the committing thread whenever <see cref="KeptThrough"/> grew later than the
    /// append call itself (never while only synchronous commits happen). It must not block.</summary>
    void OnKept(Action callback);
}
