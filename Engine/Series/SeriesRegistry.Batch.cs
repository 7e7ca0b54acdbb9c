using System;
using Slungd.Engine.Model;
using Slungd.Native.Checks;

namespace Slungd.Engine.Series;

/// <summary>Many look-ups at once: the cache misses of a group of keys overlap, where one after the other each look-up
/// waits for two of them.</summary>
internal sealed partial class SeriesRegistry
{
    /// <summary>Keys whose lines are loaded ahead: enough to hide a miss behind the others, few enough that what was
    /// loaded is still there when it is used.</summary>
    private const int GroupKeys = 32;

    /// <inheritdoc cref="IEventSink.ResolveRows(ReadOnlySpan{byte}, ReadOnlySpan{int}, Span{EventRow}, RefusalLog)"/>
    public void ResolveRows(ReadOnlySpan<byte> wireKeys, ReadOnlySpan<int> ends, Span<EventRow> rows,
        RefusalLog refusals, SeriesAllowance? allowance = null)
    {
        Invariant.Equal(ends.Length, rows.Length);
        Span<ulong> hashes = stackalloc ulong[GroupKeys];
        int start = 0;
        for (int group = 0; group < rows.Length; group += GroupKeys)
        {
            int count = Math.Min(GroupKeys, rows.Length - group);
            ReadOnlySpan<int> groupEnds = ends.Slice(group, count);
            int at = start;
            for (int i = 0; i < count; i++)
            {
                hashes[i] = Hash(wireKeys[at..groupEnds[i]]);
                Prefetch(hashes[i]);
                at = groupEnds[i];
            }
            for (int i = 0; i < count; i++) PrefetchKey(hashes[i]);
            for (int i = 0; i < count; i++)
            {
                ref EventRow row = ref rows[group + i];
                ReadOnlySpan<byte> key = wireKeys[start..groupEnds[i]];
                RefusalCode code = Resolve(hashes[i], key, row.Family, out row.Series, allowance);
                if (code != RefusalCode.None) refusals.Add(group + i, 1, code);
                start = groupEnds[i];
            }
        }
    }
}
