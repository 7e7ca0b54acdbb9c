using System;
using Slungd.Engine.Model;
using Slungd.Native.Checks;
using Slungd.Native.SkipLists;

namespace Slungd.Engine.Memtables;

/// <summary>A snapshot of one series in one memtable: blocks of points, ascending, without equal timestamps, none
/// empty, all inside the range. The points never change, whatever is written meanwhile.
/// The spans live until <see cref="Dispose"/>, which must come before the memtable is released. Fill it again with
/// <see cref="Memtable.Snapshot"/> as often as wanted: in the steady state that allocates nothing.</summary>
internal sealed class BlockList : IDisposable
{
    private readonly SkipSnapshot _snapshot = new();
    private MemtableShard? _shard;

    /// <summary>How many blocks.</summary>
    public int Count => _snapshot.Count;

    public ReadOnlySpan<long> Timestamps(int block) => _snapshot.Timestamps(block);

    /// <summary>The values' bits, as long as the timestamps; for payload families see <see cref="Payload"/>.</summary>
    public ReadOnlySpan<ulong> Values(int block) => _snapshot.Values(block);

    /// <summary>The bytes that a value of a payload family stands for.</summary>
    public ReadOnlySpan<byte> Payload(ulong bits)
    {
        Invariant.Check(_shard is not null);
        return _shard.Payload(bits);
    }

    /// <summary>Lets the points go; the list can be filled again.</summary>
    public void Dispose()
    {
        if (_shard is null) return;
        _shard.Enter();
        try
        {
            _shard.EndSnapshot(_snapshot);
        }
        finally
        {
            _shard.Exit();
            _shard = null;
        }
    }

    internal void Fill(MemtableShard shard, SeriesId series, TimeRange range)
    {
        Dispose();
        shard.Enter();
        try
        {
            _shard = shard; // from here on Dispose ends the snapshot, also when filling it fails
            shard.Snapshot(series, range, _snapshot);
        }
        finally
        {
            shard.Exit();
        }
        _snapshot.Cut(range.Start, range.End);
    }
}
