using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Xunit;

namespace Slungd.Tests.Engine.Series;

public class SeriesRegistryConcurrencyTests
{
    private const int Series = 30_000;

    /// <summary>Readers without a lock while tables grow under them: every id is right, whole and stable.</summary>
    [Fact]
    public void ReadersSeeWholeSeriesWhileOthersAreAdded()
    {
        using var registry = new SeriesRegistry(Series, 128L << 20, new HashFunction(1));
        byte[][] wires = [.. Enumerable.Range(0, Series).Select(static i => Key(i, turn: 0))];
        var faults = new ConcurrentQueue<string>();
        bool done = false;
        Thread[] readers = [.. Enumerable.Range(0, 3).Select(n => new Thread(() =>
        {
            try
            {
                var random = new Random(n);
                var selected = new List<SeriesId>();
                while (!Volatile.Read(ref done) && faults.IsEmpty)
                {
                    int count = registry.Count;
                    for (int i = 0; i < 200 && count > 0; i++)
                        CheckOne(registry, wires, random.Next(count), random.Next(4), faults);
                    CheckSelection(registry, selected, faults);
                }
            }
            catch (Exception fault) // would end the test run from here
            {
                faults.Enqueue(fault.ToString());
            }
        }))];
        foreach (Thread reader in readers) reader.Start();
        for (int i = 0; i < Series; i++)
        {
            registry.Resolve(wires[i], ValueFamily.Float, out SeriesId series);
            if (series.Value != i) faults.Enqueue($"series {i} was given id {series.Value}");
        }
        Volatile.Write(ref done, true);
        foreach (Thread reader in readers) reader.Join();
        Assert.Empty(faults);
    }

    /// <summary>All threads create the same series in different orders of their tags: one id each, no gaps.</summary>
    [Fact]
    public void WritersAgreeOnIds()
    {
        using var registry = new SeriesRegistry(Series, 128L << 20, new HashFunction(1));
        uint[][] ids = [.. Enumerable.Range(0, 4).Select(static _ => new uint[5_000])];
        Thread[] writers = [.. Enumerable.Range(0, ids.Length).Select(n => new Thread(() =>
        {
            for (int i = 0; i < ids[n].Length; i++)
            {
                int key = n % 2 == 0 ? i : ids[n].Length - 1 - i;
                registry.Resolve(Key(key, turn: n), ValueFamily.Float, out SeriesId series);
                ids[n][key] = series.Value;
            }
        }))];
        foreach (Thread writer in writers) writer.Start();
        foreach (Thread writer in writers) writer.Join();
        Assert.Equal(ids[0].Length, registry.Count);
        Assert.Equal(Enumerable.Range(0, ids[0].Length).Select(static i => (uint)i), ids[0].Order());
        for (int n = 1; n < ids.Length; n++) Assert.Equal(ids[0], ids[n]);
    }

    [Fact]
    public void OneFamilyWins()
    {
        using var registry = new SeriesRegistry(1, SeriesRegistry.MinBudgetBytes, new HashFunction(1));
        registry.Resolve(Key(0, 0), ValueFamily.None, out SeriesId series);
        int won = 0;
        ValueFamily[] families = [ValueFamily.Float, ValueFamily.Int, ValueFamily.Bool];
        Thread[] threads = [.. families.Select(family => new Thread(() =>
        {
            if (!registry.TryFixFamily(series, family)) return;
            if (registry.FamilyOf(series) == family) Interlocked.Increment(ref won);
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.Equal(1, won);
    }

    private static void CheckOne(SeriesRegistry registry, byte[][] wires, int i, int turn,
        ConcurrentQueue<string> faults)
    {
        byte[] wire = turn == 0 ? wires[i] : Key(i, turn);
        registry.Resolve(wire, ValueFamily.Float, out SeriesId series);
        if (series.Value != i) faults.Enqueue($"key {i} gave id {series.Value}");
        SeriesKey key = registry.KeyOf(new SeriesId((uint)i));
        if (!key.HasTag(Encoding.UTF8.GetBytes($"host=h{i}"))) faults.Enqueue($"id {i} has another key");
        if (registry.FamilyOf(series) != ValueFamily.Float) faults.Enqueue($"id {i} has no family");
    }

    // Every series has an even or an odd tag: what is half entered would be in neither or both.
    private static void CheckSelection(SeriesRegistry registry, List<SeriesId> selected, ConcurrentQueue<string> faults)
    {
        var even = new TagExpression.Tag("parity=0"u8.ToArray());
        var odd = new TagExpression.Tag("parity=1"u8.ToArray());
        foreach (TagExpression none in new TagExpression[]
        {
            new TagExpression.And(even, odd), new TagExpression.Not(new TagExpression.Or(even, odd)),
            new TagExpression.And(new TagExpression.Not(even), new TagExpression.Not(odd)),
        })
        {
            selected.Clear();
            registry.Select(new SeriesSelector(null, none), selected);
            if (selected.Count > 0) faults.Enqueue($"half a series was selected: {selected[0].Value}");
        }
        int before = registry.Count;
        selected.Clear();
        registry.Select(new SeriesSelector("cpu"u8.ToArray(), even), selected);
        if (selected.Count < before / 2) faults.Enqueue($"{selected.Count} of {before / 2} series were selected");
        if (!selected.Select(static s => s.Value).SequenceEqual(selected.Select(static s => s.Value).Order()))
            faults.Enqueue("the ids are not ascending");
    }

    private static byte[] Key(int i, int turn)
    {
        string[] tags = [$"host=h{i}", $"parity={i % 2}", "os=linux", $"rack=r{i % 31}"];
        return TestKey.Of("cpu", [.. tags[turn..], .. tags[..turn]]).Wire;
    }
}
