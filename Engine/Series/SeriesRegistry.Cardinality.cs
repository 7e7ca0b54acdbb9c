using System.Collections.Generic;
using System.Text;

namespace Slungd.Engine.Series;

/// <summary>Counts for `status/tsdb`, from the lists of postings alone. Any thread, no lock.</summary>
internal sealed partial class SeriesRegistry
{
    /// <summary>Counts what there is at the moment.</summary>
    /// <param name="top">Rows of each list.</param>
    public Cardinalities CountCardinalities(int top)
    {
        Top names = new(top), values = new(top), bytes = new(top), pairs = new(top);
        int nameCount = _catalog.Names.Count, tagCount = _catalog.Tags.Count, keyCount = _catalog.Keys.Count;
        for (uint name = 0; name < nameCount; name++) names.Add(name, _catalog.SeriesOfName.CountOf(name));
        long[] bytesOfKey = new long[keyCount];
        for (uint tag = 0; tag < tagCount; tag++)
        {
            pairs.Add(tag, _catalog.SeriesOfTag.CountOf(tag));
            uint key = _catalog.KeyOfTag(tag);
            if (key < keyCount) bytesOfKey[key] += _catalog.Tags.TextOf(tag).Length;
        }
        for (uint key = 0; key < keyCount; key++)
        {
            values.Add(key, _catalog.TagsOfKey.CountOf(key));
            bytes.Add(key, bytesOfKey[key]);
        }
        return new Cardinalities(names.Read(_catalog.Names), values.Read(_catalog.Keys), bytes.Read(_catalog.Keys),
            pairs.Read(_catalog.Tags), tagCount);
    }

    private sealed class Top(int most)
    {
        private readonly PriorityQueue<uint, long> _smallestFirst = new();

        public void Add(uint symbol, long count)
        {
            if (count == 0) return;
            if (_smallestFirst.Count < most) _smallestFirst.Enqueue(symbol, count);
            else _smallestFirst.EnqueueDequeue(symbol, count);
        }

        public List<(string Text, long Count)> Read(SymbolTable symbols)
        {
            List<(string Text, long Count)> found = [];
            while (_smallestFirst.TryDequeue(out uint symbol, out long count))
                found.Add((Encoding.UTF8.GetString(symbols.TextOf(symbol)), count));
            found.Reverse();
            return found;
        }
    }
}
