using System;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Native.Memory;

namespace Slungd.Engine.Series;

/// <summary>What is kept per series, by id: its symbols (name first, then tags in canonical order), its value family,
/// and how many wire forms of it are stored. One writer at a time adds; any thread reads without a lock.</summary>
internal sealed class SeriesRecords : IDisposable
{
    private readonly GrowingArray<uint> _words; // per series: symbol count, then the symbols
    private readonly GrowingArray<uint> _starts;
    private readonly GrowingArray<byte> _families;
    private readonly GrowingArray<byte> _forms;
    private uint _count;

    public SeriesRecords(ByteBudget budget, int maxSeries)
    {
        _words = new GrowingArray<uint>(budget, Math.Min(budget.Limit / sizeof(uint), uint.MaxValue));
        _starts = new GrowingArray<uint>(budget, maxSeries);
        _families = new GrowingArray<byte>(budget, maxSeries);
        _forms = new GrowingArray<byte>(budget, maxSeries);
    }

    /// <summary>The series below it are complete and may be read.</summary>
    public uint Count => Volatile.Read(ref _count);

    public bool TryReserve(int symbols) =>
        _words.TryReserve(symbols + 1) && _starts.TryReserve(1) && _families.TryReserve(1) && _forms.TryReserve(1);

    /// <summary>Stores the next series; it counts after <see cref="PublishLast"/>.</summary>
    public uint Add(ReadOnlySpan<uint> symbols, ValueFamily family)
    {
        long start = _words.Append(symbols.Length + 1);
        _words[start] = (uint)symbols.Length;
        symbols.CopyTo(_words.Slice(start + 1, symbols.Length));
        _families.Add((byte)family);
        _forms.Add(0);
        return (uint)_starts.Add((uint)start);
    }

    public void PublishLast() => Volatile.Write(ref _count, (uint)_starts.Count);

    /// <summary>The name's symbol, then the tags'.</summary>
    public ReadOnlySpan<uint> SymbolsOf(uint series)
    {
        uint start = _starts[series];
        return _words.Slice(start + 1, (int)_words[start]);
    }

    public ref byte Family(uint series) => ref _families[series];

    public ref byte Forms(uint series) => ref _forms[series];

    public void Dispose()
    {
        _words.Dispose();
        _starts.Dispose();
        _families.Dispose();
        _forms.Dispose();
    }
}
