using System;
using System.Collections.Generic;
using System.Text;
using Slungd.Engine.Model;

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
        long nameBytes = 0, nameless = 0, pairCount = 0;
        for (uint name = 0; name < nameCount; name++)
        {
            int length = _catalog.Names.TextOf(name).Length;
            nameBytes += length;
            if (length == 0) nameless = 1;
            names.Add(name, _catalog.SeriesOfName.CountOf(name));
        }
        long[] bytesOfKey = new long[keyCount];
        for (uint tag = 0; tag < tagCount; tag++)
        {
            ReadOnlySpan<byte> text = _catalog.Tags.TextOf(tag);
            if (text[0] == '=') continue; // no label
            pairCount++;
            pairs.Add(tag, _catalog.SeriesOfTag.CountOf(tag));
            uint key = _catalog.KeyOfTag(tag);
            if (key < keyCount) bytesOfKey[key] += text.Length;
        }
        for (uint key = 0; key < keyCount; key++)
        {
            if (bytesOfKey[key] == 0) continue;
            values.Add(key, _catalog.TagsOfKey.CountOf(key));
            bytes.Add(key, bytesOfKey[key]);
        }
        var seriesByName = names.Read(_catalog.Names);
        return new Cardinalities(seriesByName,
            Merge(values.Read(_catalog.Keys), [(SeriesLabels.Name, nameCount - nameless)], top),
            Merge(bytes.Read(_catalog.Keys), [(SeriesLabels.Name, nameBytes)], top),
            Merge(pairs.Read(_catalog.Tags), seriesByName.ConvertAll(static name =>
                ($"{SeriesLabels.Name}={name.Text}", name.Count)), top),
            pairCount + nameCount - nameless);
    }

    private static List<(string Text, long Count)> Merge(List<(string Text, long Count)> rows,
        List<(string Text, long Count)> others, int top)
    {
        List<(string Text, long Count)> all = [.. others, .. rows];
        all.Sort(static (a, b) => b.Count.CompareTo(a.Count));
        return all.GetRange(0, Math.Min(top, all.Count));
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
