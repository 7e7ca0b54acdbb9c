using System;
using System.Buffers;
using System.Runtime.CompilerServices;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Checks;
using Slungd.Native.HashTables;
using Slungd.Native.Memory;

namespace Slungd.Engine.Series;

/// <summary>Every series ever seen: a dense id for its identity, found straight from wire bytes. Lookups take no lock
/// and allocate nothing; new series are added under one lock. All of it is native memory within one budget.</summary>
/// <remarks>Three ways to an id, each asked only when the one before does not know. (1) The wire bytes as they came,
/// compared whole: the hot path. (2) The identity: the tags sorted and turned into symbols, still without a lock;
/// another order of tags ends here, and its wire form is remembered for (1) as long as the bounds allow. (3) Under the
/// lock, (1) and (2) again, then a new series.</remarks>
internal sealed partial class SeriesRegistry : IDisposable
{
    /// <summary>Wire forms stored per series: a peer can send n! orders of the same tags.</summary>
    public const int MaxFormsPerSeries = 4;

    /// <summary>Longer wire keys always take the second way, so that padding costs no memory.</summary>
    public const int MaxFormBytes = 4096;

    /// <summary>The least budget: the empty tables on 64 KiB pages. What is not touched costs no memory.</summary>
    public const long MinBudgetBytes = 2 * 1024 * 1024;

    private readonly int _maxSeries;
    private readonly ByteBudget _budget;
    private readonly HashFunction _hash;
    private readonly ByteStringMap _forms;
    private readonly SlotTable _identities; // by hash of the symbols, to id + 1
    private readonly TagCatalog _catalog;
    private readonly SeriesRecords _records;
    private readonly Lock _writing = new();
    private uint _version; // odd while tables other than the forms change

    /// <param name="maxSeries">Beyond it new series are refused with SeriesLimit.</param>
    /// <param name="budgetBytes">Native memory for everything, about 300 bytes per series with five tags; beyond it new
    /// series are refused with Memory.</param>
    /// <param name="hash">Its seed is random per process.</param>
    public SeriesRegistry(int maxSeries, long budgetBytes, HashFunction hash)
    {
        Invariant.Check(maxSeries > 0);
        Invariant.Check(budgetBytes >= MinBudgetBytes);
        _maxSeries = maxSeries;
        _hash = hash;
        _budget = new ByteBudget(budgetBytes);
        _forms = new ByteStringMap(_budget, budgetBytes);
        _identities = new SlotTable(_budget);
        _catalog = new TagCatalog(_budget, hash);
        _records = new SeriesRecords(_budget, maxSeries);
    }

    /// <summary>How many series there are: the ids below it.</summary>
    public int Count => (int)_records.Count;

    /// <summary>The hash that <see cref="TryFind"/> wants, so that a batch can hash first and look up later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Hash(ReadOnlySpan<byte> wireKey) => _hash.Of(wireKey);

    /// <summary>Batch step 1 of 3: starts loading the table's cache line for a hash.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(ulong hash) => _forms.PrefetchSlot((uint)hash);

    /// <summary>Batch step 2 of 3: starts loading the stored key, a few keys after <see cref="Prefetch"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchKey(ulong hash) => _forms.PrefetchRecord((uint)hash);

    /// <summary>Finds a known series in a known order of its tags. Any thread, no lock, no allocation. False says only
    /// that <see cref="Resolve(ulong, ReadOnlySpan{byte}, ValueFamily, out SeriesId, SeriesAllowance)"/> must be asked.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryFind(ulong hash, ReadOnlySpan<byte> wireKey, out SeriesId series)
    {
        bool found = _forms.TryFind((uint)hash, wireKey, out uint id);
        series = found ? new SeriesId(id) : SeriesId.None;
        return found;
    }

    /// <summary>Finds the series of a well-formed wire key, or creates it. Any thread.</summary>
    /// <param name="wireKey">See <see cref="WireKey"/>.</param>
    /// <param name="family">Fixed when the series is created; None leaves that to <see cref="TryFixFamily"/>.</param>
    /// <param name="series">None when refused.</param>
    /// <param name="allowance">Pays for a new series; null: nobody has to.</param>
    /// <returns>None, SeriesLimit or Memory.</returns>
    public RefusalCode Resolve(ReadOnlySpan<byte> wireKey, ValueFamily family, out SeriesId series,
        SeriesAllowance? allowance = null) => Resolve(Hash(wireKey), wireKey, family, out series, allowance);

    /// <inheritdoc cref="Resolve(ReadOnlySpan{byte}, ValueFamily, out SeriesId, SeriesAllowance)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RefusalCode Resolve(ulong hash, ReadOnlySpan<byte> wireKey, ValueFamily family, out SeriesId series,
        SeriesAllowance? allowance = null) => TryFind(hash, wireKey, out series) ? RefusalCode.None
            : ResolveByIdentity(hash, wireKey, family, out series, allowance);

    /// <summary>Finds or creates the series of a canonical key, the form that segments and the WAL keep.</summary>
    /// <returns>None, SeriesLimit, Memory, or Malformed when the bytes are not canonical.</returns>
    public RefusalCode ResolveCanonical(ReadOnlySpan<byte> canonical, ValueFamily family, out SeriesId series)
    {
        int tags = CanonicalKey.MaxTagCountOf(canonical);
        TextSlice[]? rented = null;
        Span<TextSlice> scratch = tags <= KeyParts.TagsOnStack ? stackalloc TextSlice[KeyParts.TagsOnStack]
            : rented = ArrayPool<TextSlice>.Shared.Rent(tags);
        series = SeriesId.None;
        RefusalCode refusal = KeyParts.TryOfCanonical(canonical, scratch, out KeyParts parts)
            ? ResolveParts(parts, 0, default, family, out series, allowance: null)
            : RefusalCode.Malformed;
        if (rented is not null) ArrayPool<TextSlice>.Shared.Return(rented);
        return refusal;
    }

    /// <summary>Finds the series of a canonical key. Any thread, no lock. False when there is none, or the bytes are
    /// not canonical.</summary>
    public bool TryFindCanonical(ReadOnlySpan<byte> canonical, out SeriesId series)
    {
        series = SeriesId.None;
        int tags = CanonicalKey.MaxTagCountOf(canonical);
        var scratch = new TextSlice[tags];
        return KeyParts.TryOfCanonical(canonical, scratch, out KeyParts parts) &&
            TryFindIdentity(parts, new uint[parts.TagCount + 1], out series);
    }

    public void Dispose()
    {
        _forms.Dispose();
        _identities.Dispose();
        _catalog.Dispose();
        _records.Dispose();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private RefusalCode ResolveByIdentity(ulong hash, ReadOnlySpan<byte> wireKey, ValueFamily family,
        out SeriesId series, SeriesAllowance? allowance)
    {
        int tags = WireKey.TagCountOf(wireKey);
        TextSlice[]? rented = null;
        Span<TextSlice> scratch = tags <= KeyParts.TagsOnStack ? stackalloc TextSlice[KeyParts.TagsOnStack]
            : rented = ArrayPool<TextSlice>.Shared.Rent(tags);
        KeyParts parts = KeyParts.OfWire(wireKey, scratch);
        RefusalCode refusal = ResolveParts(parts, hash, wireKey, family, out series, allowance);
        if (rented is not null) ArrayPool<TextSlice>.Shared.Return(rented);
        return refusal;
    }

    /// <param name="parts">The identity.</param>
    /// <param name="hash">Of the wire form.</param>
    /// <param name="form">The wire form to remember, or empty.</param>
    /// <param name="family">Of a new series.</param>
    /// <param name="series">The result.</param>
    /// <param name="allowance">Pays for a new series.</param>
    private RefusalCode ResolveParts(KeyParts parts, ulong hash, ReadOnlySpan<byte> form, ValueFamily family,
        out SeriesId series, SeriesAllowance? allowance)
    {
        int count = parts.TagCount + 1;
        uint[]? rented = null;
        Span<uint> symbols = count <= KeyParts.TagsOnStack + 1 ? stackalloc uint[KeyParts.TagsOnStack + 1]
            : rented = ArrayPool<uint>.Shared.Rent(count);
        symbols = symbols[..count];
        RefusalCode refusal = RefusalCode.None;
        uint version = Volatile.Read(ref _version);
        bool found = TryFindIdentity(parts, symbols, out series);
        if (!found || MayRemember(series, form))
        {
            lock (_writing)
            {
                // A miss stands only when nothing was being added while it was looked for.
                if (!found && (version != _version || (version & 1) != 0))
                    found = TryFindIdentity(parts, symbols, out series);
                if (found) Remember(series, hash, form);
                else refusal = Create(parts, symbols, hash, form, family, out series, allowance);
            }
        }
        if (rented is not null) ArrayPool<uint>.Shared.Return(rented);
        return refusal;
    }

    private bool TryFindIdentity(KeyParts parts, Span<uint> symbols, out SeriesId series)
    {
        series = SeriesId.None;
        if (!_catalog.TryFind(parts, symbols)) return false;
        SlotTable.Probe probe = _identities.Find(HashOf(symbols));
        while (true)
        {
            uint reference = probe.Next();
            if (reference == 0) return false;
            if (!_records.SymbolsOf(reference - 1).SequenceEqual(symbols)) continue;
            series = new SeriesId(reference - 1);
            return true;
        }
    }

    // Under the lock; symbols as the catalog has them now. Everything about the series is stored, or nothing.
    private RefusalCode Create(KeyParts parts, Span<uint> symbols, ulong hash, ReadOnlySpan<byte> form,
        ValueFamily family, out SeriesId series, SeriesAllowance? allowance)
    {
        series = SeriesId.None;
        if (Count >= _maxSeries || allowance?.TryTake() == false) return RefusalCode.SeriesLimit;
        Volatile.Write(ref _version, _version | 1);
        bool fits = _catalog.TryReserve(parts) && _records.TryReserve(symbols.Length) && _identities.TryReserve(1) &&
            _forms.TryReserve(1, Math.Min(form.Length, MaxFormBytes));
        if (fits) series = Add(parts, symbols, family);
        Volatile.Write(ref _version, _version + 1);
        if (!fits)
        {
            allowance?.GiveBack();
            return RefusalCode.SeriesLimit; // the memory for series: it will not be more later
        }
        Remember(series, hash, form);
        return RefusalCode.None;
    }

    private SeriesId Add(KeyParts parts, Span<uint> symbols, ValueFamily family)
    {
        _catalog.Intern(parts, symbols);
        uint id = _records.Add(symbols, family);
        _catalog.Post(id, symbols);
        // Whoever sees the count sees the series whole, in the records and in every list; only then can it be found.
        _records.PublishLast();
        _identities.Add(HashOf(symbols), id + 1);
        return new SeriesId(id);
    }

    // Unlocked look before the lock; a stale answer costs at most one needless lock.
    private bool MayRemember(SeriesId series, ReadOnlySpan<byte> form)
    {
        if (form.IsEmpty || form.Length > MaxFormBytes) return false;
        int stored = Volatile.Read(ref _records.Forms(series.Value));
        // A series' first form always; further ones only while they can't crowd out series.
        return stored == 0 ||
            stored < MaxFormsPerSeries && _forms.Count < 2L * Count + 1024 && _budget.Used <= _budget.Limit / 2;
    }

    // Under the lock.
    private void Remember(SeriesId series, ulong hash, ReadOnlySpan<byte> form)
    {
        if (!MayRemember(series, form) || _forms.TryFind((uint)hash, form, out _)) return;
        if (!_forms.TryReserve(1, form.Length)) return; // not remembered: the second way answers it every time
        uint reference = _forms.Store(form, series.Value);
        _records.Forms(series.Value)++;
        _forms.Publish((uint)hash, reference);
    }

    private uint HashOf(ReadOnlySpan<uint> symbols) => (uint)_hash.Of(Reinterpret.AsBytes(symbols));
}
