using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Series;

namespace Slungd.Bench.Engine.Series;

/// <summary>Wire keys of many series, back to back in random order as a receive buffer would hold them, and a registry
/// that knows them.</summary>
internal sealed class SeriesLoad : IDisposable
{
    private const int BatchSize = 32;
    private const long BytesPerSeries = 1_024;

    private readonly int _perHost;
    private readonly byte[] _keys;
    private readonly int[] _starts; // one more than there are keys
    private readonly SeriesRegistry _registry;
    private readonly Dictionary<byte[], uint> _dictionary = new(ByteComparer.Instance);

    /// <param name="series">How many.</param>
    /// <param name="tagCount">1 to 5.</param>
    /// <param name="perHost">How many series share a host.</param>
    public SeriesLoad(int series, int tagCount, int perHost = 10)
    {
        Series = series;
        _perHost = perHost;
        int[] order = new int[series];
        for (int i = 0; i < series; i++) order[i] = i;
        new Random(1).Shuffle(order);
        var keys = new List<byte>();
        _starts = new int[series + 1];
        var builder = new WireKeyBuilder();
        for (int i = 0; i < series; i++)
        {
            AddKey(builder, order[i], tagCount, keys);
            _starts[i + 1] = keys.Count;
        }
        _keys = [.. keys];
        _registry = NewRegistry();
        Create(_registry);
        for (int i = 0; i < series; i++) _dictionary[Key(i).ToArray()] = (uint)i;
    }

    public int Series { get; }

    public SeriesRegistry Registry => _registry;

    public double BytesPerKey => (double)_keys.Length / Series;

    /// <summary>Registers every series in a new registry.</summary>
    public long Create()
    {
        using SeriesRegistry registry = NewRegistry();
        return Create(registry);
    }

    /// <summary>Looks up <paramref name="count"/> keys one after the other.</summary>
    public long Find(int count)
    {
        long sum = 0;
        for (int i = 0, at = 0; i < count; i++)
        {
            ReadOnlySpan<byte> key = Key(at);
            _registry.TryFind(_registry.Hash(key), key, out SeriesId id);
            sum += id.Value;
            if (++at == Series) at = 0;
        }
        return sum;
    }

    /// <summary>As <see cref="Find"/>, in batches that load the table and the keys ahead.</summary>
    public long FindBatched(int count)
    {
        Span<ulong> hashes = stackalloc ulong[BatchSize];
        long sum = 0;
        for (int done = 0, at = 0; done < count; done += BatchSize)
        {
            int batch = Math.Min(BatchSize, Series - at);
            for (int i = 0; i < batch; i++)
            {
                hashes[i] = _registry.Hash(Key(at + i));
                _registry.Prefetch(hashes[i]);
            }
            for (int i = 0; i < batch; i++) _registry.PrefetchKey(hashes[i]);
            for (int i = 0; i < batch; i++)
            {
                _registry.TryFind(hashes[i], Key(at + i), out SeriesId id);
                sum += id.Value;
            }
            at = at + batch == Series ? 0 : at + batch;
        }
        return sum;
    }

    /// <summary>As <see cref="Find"/> in the framework's dictionary, for comparison.</summary>
    public long FindInDictionary(int count)
    {
        var lookup = _dictionary.GetAlternateLookup<ReadOnlySpan<byte>>();
        long sum = 0;
        for (int i = 0, at = 0; i < count; i++)
        {
            lookup.TryGetValue(Key(at), out uint id);
            sum += id;
            if (++at == Series) at = 0;
        }
        return sum;
    }

    public void Dispose() => _registry.Dispose();

    private ReadOnlySpan<byte> Key(int index) => _keys.AsSpan(_starts[index], _starts[index + 1] - _starts[index]);

    private SeriesRegistry NewRegistry() =>
        new(Series, SeriesRegistry.MinBudgetBytes + Series * BytesPerSeries, new HashFunction(1));

    private long Create(SeriesRegistry registry)
    {
        for (int i = 0; i < Series; i++) registry.Resolve(Key(i), ValueFamily.Float, out _);
        return registry.Count;
    }

    private void AddKey(WireKeyBuilder builder, int number, int tagCount, List<byte> keys)
    {
        int host = number / _perHost;
        string[] tags =
        [
            string.Create(CultureInfo.InvariantCulture, $"host=h{host:D6}"), $"region=eu-central-{host % 4}",
            $"rack={host % 100}", $"os=Ubuntu{host % 5}", $"service={host % 20}",
        ];
        builder.Begin($"cpu{number % 10}");
        for (int i = 0; i < tagCount; i++) builder.AddTag(tags[i]);
        if (!builder.TryFinish(out ReadOnlySpan<byte> key)) throw new InvalidOperationException("the key does not fit");
        keys.AddRange(key);
    }

    /// <summary>Compares arrays and spans by content.</summary>
    private sealed class ByteComparer : IEqualityComparer<byte[]>,
        IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly ByteComparer Instance = new();

        public bool Equals(byte[]? a, byte[]? b) => a.AsSpan().SequenceEqual(b);

        public bool Equals(ReadOnlySpan<byte> a, byte[] b) => a.SequenceEqual(b);

        public int GetHashCode(byte[] key) => GetHashCode(key.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> key) => (int)Slungd.Native.Bits.Hash64.Of(key);

        public byte[] Create(ReadOnlySpan<byte> key) => key.ToArray();
    }
}
