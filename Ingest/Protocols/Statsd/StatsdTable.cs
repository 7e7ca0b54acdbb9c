using System;
using System.Collections.Generic;
using Slungd.Native.Bits;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Protocols.Statsd;

/// <summary>The metrics, by their keys: a table in native memory under a budget. Metrics lie in the order in which they
/// came, and so do their keys: forgetting some moves the others up. One thread.</summary>
/// <param name="budget">Pays for everything, the metrics' blocks included.</param>
/// <param name="maxMetrics">The most that are remembered.</param>
/// <param name="seed">Keeps strangers from choosing keys that collide.</param>
internal sealed class StatsdTable(ByteBudget budget, int maxMetrics, ulong seed) : IDisposable
{
    private const int MetricBytes = 80;
    private const int MaxBytes = 1 << 30; // of each block

    private readonly List<NativeBlock?> _blocks = [];
    private NativeBlock? _metrics;
    private NativeBlock? _keys;
    private NativeBlock? _slots; // u32 each: a metric's index + 1, 0 for none; at least twice as many as metrics
    private int _keyBytes;

    public int Count => _blocks.Count;

    /// <summary>Pays for what belongs to the metrics.</summary>
    public ByteBudget Budget => budget;

    /// <summary>Dead after the next call of <see cref="TryAdd"/>.</summary>
    public Span<StatsdMetric> Metrics =>
        _metrics is null ? [] : Reinterpret.AsMany<StatsdMetric>(_metrics.Span)[..Count];

    public ReadOnlySpan<byte> KeyOf(in StatsdMetric metric) => _keys!.Span.Slice(metric.KeyStart, metric.KeyLength);

    /// <summary>What grows with a metric; null while there is none.</summary>
    public NativeBlock? BlockOf(int metric) => _blocks[metric];

    /// <summary>Puts another block in a metric's place for one; the one before is disposed of.</summary>
    public void SetBlock(int metric, NativeBlock? block)
    {
        _blocks[metric]?.Dispose();
        _blocks[metric] = block;
    }

    /// <summary>The index of a metric; -1 when it is not remembered.</summary>
    public int Find(ReadOnlySpan<byte> key)
    {
        if (_slots is null) return -1;
        Span<uint> slots = Reinterpret.AsUInt32(_slots.Span);
        return (int)slots[FindSlot(slots, key)] - 1;
    }

    /// <summary>Remembers a metric that is not there.</summary>
    /// <returns>False when there is no room.</returns>
    public bool TryAdd(ReadOnlySpan<byte> key, StatsdKind kind, out int index)
    {
        index = Count;
        if (index >= maxMetrics || !TryReserve(key.Length)) return false;
        key.CopyTo(_keys!.Span[_keyBytes..]);
        _blocks.Add(null);
        Metrics[index] = new StatsdMetric { KeyStart = _keyBytes, KeyLength = key.Length, Kind = kind };
        _keyBytes += key.Length;
        Link(index);
        return true;
    }

    /// <summary>Forgets what was touched before a flush.</summary>
    /// <returns>How many that were; if any, the others have other indexes now.</returns>
    public int Forget(uint before)
    {
        int kept = 0, keyBytes = 0;
        Span<StatsdMetric> metrics = Metrics;
        for (int i = 0; i < metrics.Length; i++)
        {
            if (metrics[i].Touched < before)
            {
                SetBlock(i, null);
                continue;
            }
            if (kept != i)
            {
                KeyOf(metrics[i]).CopyTo(_keys!.Span[keyBytes..]); // they may overlap
                metrics[kept] = metrics[i];
                metrics[kept].KeyStart = keyBytes;
                (_blocks[kept], _blocks[i]) = (_blocks[i], null);
            }
            keyBytes += metrics[kept++].KeyLength;
        }
        int forgotten = metrics.Length - kept;
        if (forgotten == 0) return 0;
        _blocks.RemoveRange(kept, forgotten);
        _keyBytes = keyBytes;
        _slots!.Span.Clear();
        for (int i = 0; i < kept; i++) Link(i);
        return forgotten;
    }

    public void Dispose()
    {
        foreach (NativeBlock? block in _blocks) block?.Dispose();
        _blocks.Clear();
        _metrics?.Dispose();
        _keys?.Dispose();
        _slots?.Dispose();
        _metrics = _keys = _slots = null;
        _keyBytes = 0;
    }

    private void Link(int index)
    {
        Span<uint> slots = Reinterpret.AsUInt32(_slots!.Span);
        slots[FindSlot(slots, KeyOf(Metrics[index]))] = (uint)index + 1;
    }

    /// <summary>The slot of the key, or the empty one where it belongs.</summary>
    private int FindSlot(Span<uint> slots, ReadOnlySpan<byte> key)
    {
        Span<StatsdMetric> metrics = Metrics;
        int slot = (int)Hash64.Of(key, seed) & (slots.Length - 1);
        while (slots[slot] != 0)
        {
            if (KeyOf(metrics[(int)slots[slot] - 1]).SequenceEqual(key)) break;
            slot = (slot + 1) & (slots.Length - 1);
        }
        return slot;
    }

    private bool TryReserve(int keyBytes)
    {
        if (!NativeBlock.TryGrow(ref _keys, budget, _keyBytes + keyBytes, MaxBytes)) return false;
        if (!NativeBlock.TryGrow(ref _metrics, budget, (Count + 1) * MetricBytes, MaxBytes)) return false;
        int before = _slots?.Length ?? 0;
        if (!NativeBlock.TryGrow(ref _slots, budget, (Count + 1) * 2 * sizeof(uint), MaxBytes)) return false;
        if (_slots!.Length == before) return true;
        _slots.Span.Clear();
        for (int i = 0; i < Count; i++) Link(i);
        return true;
    }
}
