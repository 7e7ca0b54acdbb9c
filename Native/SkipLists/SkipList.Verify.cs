using Slungd.Native.Checks;

namespace Slungd.Native.SkipLists;

/// <summary>The structure as a check: what every operation must leave behind. For tests; walks the whole
/// list.</summary>
internal unsafe partial struct SkipList
{
    /// <summary>Stops with "BUG:" when the list is not sound. Returns the number of points.</summary>
    public readonly long Verify()
    {
        if (IsEmpty)
        {
            Invariant.Check(_head is null && _tail is null && _blocks == 0);
            return 0;
        }
        long points = VerifyBlocks();
        for (int level = 1; level < SkipBlock.MaxHeight; level++)
        {
            SkipBlock* upper = _headTower is null ? null : _headTower[level - 1];
            Invariant.Check(level < _levels || upper is null);
            // Each level is the sequence of the blocks that are high enough: no more, no less, in order.
            for (SkipBlock* block = _head; block is not null; block = SkipBlock.Tower(block)[0])
            {
                if (block->Height <= level) continue;
                Invariant.Check(upper == block);
                upper = SkipBlock.Tower(block)[level];
            }
            Invariant.Check(upper is null);
        }
        return points;
    }

    private readonly long VerifyBlocks()
    {
        long points = 0;
        int blocks = 0;
        SkipBlock* before = null;
        for (SkipBlock* block = _head; block is not null; block = SkipBlock.Tower(block)[0])
        {
            int count = block == _tail ? _tailCount : block->Count;
            long* timestamps = SkipBlock.Timestamps(block);
            Invariant.Check(count > 0 && count <= block->Capacity);
            Invariant.Equal(block->First, timestamps[0]);
            Invariant.Equal(TimestampRun.AscendingPrefix(timestamps, count), count);
            Invariant.Check(before is null || SkipBlock.Timestamps(before)[before->Count - 1] < block->First);
            Invariant.Check(block->Height <= _levels);
            points += count;
            blocks++;
            before = block;
        }
        Invariant.Check(before == _tail);
        Invariant.Equal(blocks, _blocks);
        Invariant.Check(_tailTimestamps == SkipBlock.Timestamps(_tail) && _tailCapacity == _tail->Capacity);
        Invariant.Equal(_last, _tailTimestamps[_tailCount - 1]);
        return points;
    }
}
