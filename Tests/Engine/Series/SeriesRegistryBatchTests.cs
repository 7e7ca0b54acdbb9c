using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Xunit;

namespace Slungd.Tests.Engine.Series;

public class SeriesRegistryBatchTests
{
    /// <summary>Known series, new ones, other orders of tags, and ones beyond the limit, in batches of every size.
    /// </summary>
    [Fact]
    public void A_batch_resolves_like_one_key_after_the_other()
    {
        const int MaxSeries = 900;
        using var batched = new SeriesRegistry(MaxSeries, 256L << 20, new HashFunction(3));
        using var single = new SeriesRegistry(MaxSeries, 256L << 20, new HashFunction(4));
        var source = new KeySource(seed: 5);
        List<TestKey> known = [source.Next()];
        for (int size = 0; size < 130; size++)
        {
            List<byte> keys = [];
            var ends = new int[size];
            var rows = new EventRow[size];
            var want = new SeriesId[size];
            var wantRefusals = new RefusalLog();
            for (int i = 0; i < size; i++)
            {
                TestKey key = source.Below(3) == 0 ? source.Next() : source.Disguise(known[source.Below(known.Count)]);
                known.Add(key);
                keys.AddRange(key.Wire);
                ends[i] = keys.Count;
                rows[i].Family = ValueFamily.Float;
                RefusalCode code = single.Resolve(key.Wire, ValueFamily.Float, out want[i]);
                if (code != RefusalCode.None) wantRefusals.Add(i, 1, code);
            }
            var refusals = new RefusalLog();
            batched.ResolveRows(keys.ToArray(), ends, rows, refusals);
            for (int i = 0; i < size; i++) Assert.Equal(want[i], rows[i].Series);
            Assert.Equal(wantRefusals.Runs.ToArray(), refusals.Runs.ToArray());
        }
        Assert.Equal(MaxSeries, batched.Count);
    }
}
