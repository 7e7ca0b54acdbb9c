using System;
using System.Buffers.Binary;

namespace Slungd.Ingest.Protocols;

/// <summary>Goes on measuring a wire key that arrives in pieces where it stopped, so that a key of 65,535 tags sent
/// byte by byte costs no more than one that comes at once. A mutable struct; the default value starts at a key's first
/// byte.</summary>
internal struct KeyScan
{
    private const int HeaderBytes = 2 * sizeof(ushort);

    private int _at;   // behind what was measured; 0 before the header
    private int _tags; // that are still to be measured

    /// <summary>The key's length, or -1 when <paramref name="input"/>, which starts with the key, ends before
    /// it.</summary>
    public int Measure(ReadOnlySpan<byte> input)
    {
        if (_at == 0)
        {
            if (input.Length < HeaderBytes) return -1;
            _at = HeaderBytes + BinaryPrimitives.ReadUInt16LittleEndian(input);
            _tags = BinaryPrimitives.ReadUInt16LittleEndian(input[sizeof(ushort)..]);
        }
        while (_tags > 0)
        {
            if (_at > input.Length - sizeof(ushort)) return -1;
            _at += sizeof(ushort) + BinaryPrimitives.ReadUInt16LittleEndian(input[_at..]);
            _tags--;
        }
        return _at <= input.Length ? _at : -1;
    }

    /// <summary>Part of a key was measured before.</summary>
    public readonly bool IsStarted => _at > 0;

    /// <summary>At least so many bytes of the key are needed before <see cref="Measure"/> gets further.</summary>
    public readonly int Needed => _at == 0 ? HeaderBytes : _at + _tags * sizeof(ushort);
}
