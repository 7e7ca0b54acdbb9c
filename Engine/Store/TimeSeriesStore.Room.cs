using System;
using System.Threading;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Native.Memory;

namespace Slungd.Engine.Store;

/// <summary>A call may bring more than memory holds, or more than waits for the log at a time: it is stored piece by
/// piece, and before each piece its writer waits until there is room. So what one call brings is kept as long as memory
/// takes a piece of it.</summary>
internal sealed partial class TimeSeriesStore
{
    /// <summary>Arena bytes of a point in a block that is not yet full, and of its copy for the log.</summary>
    private const int PointBytes = 64;

    /// <summary>So long the log may still hold a memtable that has been flushed.</summary>
    private static readonly TimeSpan s_logPatience = TimeSpan.FromSeconds(2);

    private readonly AutoResetEvent _roomMade = new(false);
    private readonly int _pieceRows;
    private readonly int _piecePoints;
    private readonly long _piecePayload;
    private volatile bool _isRoomWanted; // a flush is due, whatever its memtable holds
    private volatile bool _isRoomGivenUp; // one wait was in vain: no others until a flush succeeds

    /// <summary>Memory for what waits to be written to the log.</summary>
    private long StageBytes =>
        Math.Max(4L * _options.ShardCount * Arena.SmallSlabBytes, Math.Min(MaxStageBytes, _arena.Budget / 8));

    private long Reserve => _arena.Budget - _memoryWatermark;

    private bool HasNothingToFlush
    {
        get
        {
            StoreState state = Volatile.Read(ref _state);
            return state.Active.Points == 0 && state.Waiting.Length == 0;
        }
    }

    /// <summary>The first rows of a call, no more than go in at once.</summary>
    /// <param name="rows">What is left of the call.</param>
    /// <param name="payload">Bytes of the whole call's payload.</param>
    /// <param name="bytes">At least the bytes of the piece's.</param>
    private ReadOnlySpan<EventRow> PieceOf(ReadOnlySpan<EventRow> rows, int payload, out long bytes)
    {
        if (rows.Length > _pieceRows) rows = rows[.._pieceRows];
        bytes = payload;
        if (payload <= _piecePayload) return rows;
        bytes = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            if (!rows[i].Family.HasPayload()) continue;
            long more = PayloadRef.FromBits(rows[i].Bits).Length;
            if (bytes > 0 && bytes + more > _piecePayload) return rows[..i];
            bytes += more;
        }
        return rows;
    }

    /// <summary>How many runs go in at once; 0: the first is longer than that, or begun already.</summary>
    private int WholeRuns(ReadOnlySpan<ColumnRun> runs, int taken, out int points)
    {
        points = 0;
        int count = 0;
        while (taken == 0 && count < runs.Length && points + runs[count].Count <= _piecePoints)
            points += runs[count++].Count;
        return count;
    }

    /// <summary>Waits, not for ever, until the arena has room for a piece. It may find none all the same.
    /// </summary>
    private void WaitForMemory(int points, long payloadBytes)
    {
        // Each shard may need a slab of its own, and payloads a large one.
        long need = (long)points * PointBytes + (long)_options.ShardCount * Arena.SmallSlabBytes
            + (payloadBytes > 0 ? payloadBytes + Arena.LargeSlabBytes : 0);
        need = Math.Min(need, Reserve);
        if (_arena.Available < need) WaitForMemory(need);
    }

    private void WaitForMemory(long need)
    {
        TryWait(() => _arena.Available >= need);
    }

    /// <summary>Whether points found no room that a flush may make.</summary>
    private bool MayFindRoom(ReadOnlySpan<Refusal> runs)
    {
        if (_background is null || _isRoomGivenUp) return false;
        foreach (Refusal run in runs)
            if (run.Code == RefusalCode.Memory) return true;
        return false;
    }

    /// <summary>Rows that found no room, most for want of a whole large slab for their texts, are tried again after a
    /// flush, as long as that helps. Allocates: this is rare.</summary>
    /// <param name="rows">Of the piece.</param>
    /// <param name="payload">Of the call.</param>
    /// <param name="bounds">Of the call.</param>
    /// <param name="refusals">Those without room are taken back from it.</param>
    /// <param name="firstRun">The piece's first in the refusals.</param>
    /// <param name="firstIndex">The index of the piece's first row in the refusals.</param>
    /// <param name="commit">Of the rows that are stored.</param>
    /// <returns>The last commit.</returns>
    private ulong AppendAgain(ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload, TimeBounds bounds,
        RefusalLog refusals, int firstRun, int firstIndex, ulong commit)
    {
        int[] left = refusals.TakeBack(firstRun, RefusalCode.Memory);
        CountRefused(-left.Length, RefusalCode.Memory);
        long start = _clock.GetTimestamp();
        while (left.Length > 0 && _clock.GetElapsedTime(start) < _holdBack)
        {
            long flushes = Volatile.Read(ref _flushes);
            if (!TryWait(() => Volatile.Read(ref _flushes) != flushes || HasNothingToFlush)) break;
            Memtable? memtable = BeginWrite(left.Length, 0);
            if (memtable is null) break;
            var again = new RefusalLog();
            try
            {
                for (int i = 0; i < left.Length; i++)
                {
                    int row = left[i] - firstIndex;
                    if (!IsReplaced(rows, row, left.AsSpan(i + 1), firstIndex))
                        AppendPiece(memtable, rows.Slice(row, 1), payload, bounds, again, left[i]);
                }
            }
            finally
            {
                memtable.EndWrite();
            }
            commit = EndBatch(memtable, left.Length - again.Points);
            int[] still = again.TakeBack(0, RefusalCode.Memory);
            CountRefused(-still.Length, RefusalCode.Memory);
            foreach (Refusal run in again.Runs) refusals.Add(run.First, run.Count, run.Code);
            bool isHelping = still.Length < left.Length;
            left = still;
            if (isHelping) start = _clock.GetTimestamp();
            else if (_clock.GetElapsedTime(start) >= s_logPatience) break;
            else _roomMade.WaitOne(5);
        }
        if (left.Length > 0) _isRoomGivenUp = true; // readers hold what was flushed
        foreach (int index in left) Refuse(refusals, index, 1, RefusalCode.Memory);
        return commit;
    }

    /// <summary>Whether a later row of the piece, which was stored, stands for the same point.</summary>
    private bool IsReplaced(ReadOnlySpan<EventRow> rows, int row, ReadOnlySpan<int> left, int firstIndex)
    {
        for (int i = row + 1; i < rows.Length; i++)
            if (rows[i].Series == rows[row].Series && rows[i].Timestamp == rows[row].Timestamp
                && Fits(rows[i].Series, rows[i].Family) && left.BinarySearch(i + firstIndex) < 0) return true;
        return false;
    }

    /// <summary>Asks for flushes until something holds; false when that takes too long or can't be.</summary>
    private bool TryWait(Func<bool> holds)
    {
        if (_background is null || _isRoomGivenUp) return false;
        long start = _clock.GetTimestamp();
        while (_phase == Phase.Running && _diskTrouble is null)
        {
            if (holds())
            {
                _isRoomWanted = false; // who still waits says so again
                return true;
            }
            _isRoomWanted = true;
            Wake();
            if (_clock.GetElapsedTime(start) >= _holdBack) break;
            _roomMade.WaitOne(5);
        }
        _isRoomGivenUp = true;
        return false;
    }

    private void TellRoomMade()
    {
        _isRoomGivenUp = false;
        _roomMade.Set();
    }
}
