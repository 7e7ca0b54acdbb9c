using System;
using Slungd.Engine.Model;

namespace Slungd.Engine.Wal;

/// <summary>What the log's thread knows about each series: its number in the current file, and where its points in the
/// window being written are (see <see cref="WindowColumns"/>).</summary>
internal sealed class SeriesTable
{
    internal struct Slot
    {
        /// <summary>One higher than the number; 0: none yet.</summary>
        public uint Reference;
        /// <summary>Points in the window.</summary>
        public int Count;
        /// <summary>Behind the last of them in the sorted columns.</summary>
        public int End;
        /// <summary>One higher than where they still are in the window; 0: in the sorted columns.</summary>
        public int Source;
    }

    private Slot[] _slots = [];
    private uint[] _defined = [];

    /// <summary>How many series the current file knows: their numbers are below it.</summary>
    public uint Defined { get; private set; }

    /// <summary>The slot of a series; dead after the next call with a series never seen before.</summary>
    public ref Slot this[uint series]
    {
        get
        {
            if (series >= (uint)_slots.Length)
                Array.Resize(ref _slots, (int)Math.Min(Array.MaxLength, Math.Max(64, 2L * series)));
            return ref _slots[series];
        }
    }

    /// <summary>Numbers a series of the current file; returns the number.</summary>
    public uint Define(uint series)
    {
        if (Defined == _defined.Length) Array.Resize(ref _defined, Math.Max(64, _defined.Length * 2));
        _defined[Defined] = series;
        _slots[series].Reference = ++Defined;
        return Defined - 1;
    }

    /// <summary>The series with this number.</summary>
    public SeriesId SeriesOf(uint reference) => new(_defined[reference]);

    /// <summary>Forgets the numbers: another file begins.</summary>
    public void ForgetNumbers()
    {
        foreach (uint series in _defined.AsSpan(0, (int)Defined)) _slots[series].Reference = 0;
        Defined = 0;
    }
}
