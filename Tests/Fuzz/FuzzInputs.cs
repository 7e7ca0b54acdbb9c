using System;
using System.Buffers.Binary;

namespace Slungd.Tests.Fuzz;

/// <summary>An endless, reproducible row of inputs: plain noise now and then, else a seed changed in a few
/// places.</summary>
internal sealed class FuzzInputs(byte[][] seeds, ulong seed)
{
    // Lengths, counts and values at which decoders go wrong.
    private static readonly ulong[] Interesting =
        [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, long.MaxValue,
            1UL << 63, ulong.MaxValue];

    private readonly byte[] _buffer = new byte[FuzzRunner.MaxInputBytes];
    private ulong _state = seed;
    private int _length;

    /// <summary>The next input; valid until the next call.</summary>
    public ReadOnlySpan<byte> Next()
    {
        if (seeds.Length == 0 || Below(8) == 0) Noise();
        else
        {
            byte[] chosen = seeds[Below(seeds.Length)];
            _length = Math.Min(chosen.Length, _buffer.Length);
            chosen.AsSpan(0, _length).CopyTo(_buffer);
            for (int changes = Below(8); changes > 0; changes--) Change();
        }
        return _buffer.AsSpan(0, _length);
    }

    private void Noise()
    {
        _length = Below(Below(4) == 0 ? _buffer.Length + 1 : 64);
        for (int i = 0; i < _length; i++) _buffer[i] = (byte)Random();
    }

    private void Change()
    {
        if (_length == 0)
        {
            Noise();
            return;
        }
        int at = Below(_length);
        switch (Below(7))
        {
            case 0: _buffer[at] ^= (byte)(1 << Below(8)); break;
            case 1: _buffer[at] = (byte)Random(); break;
            case 2: WriteInteresting(at); break;
            case 3: _length = at; break;
            case 4: Insert(at); break;
            case 5: Remove(at); break;
            default: Duplicate(at); break;
        }
    }

    private void WriteInteresting(int at)
    {
        Span<byte> bytes = stackalloc byte[8];
        ulong value = Interesting[Below(Interesting.Length)];
        if (Below(2) == 0) BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        else BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        int width = Math.Min(1 << Below(4), _length - at);
        bytes[..width].CopyTo(_buffer.AsSpan(at));
    }

    private void Insert(int at)
    {
        int count = Math.Min(1 + Below(8), _buffer.Length - _length);
        _buffer.AsSpan(at, _length - at).CopyTo(_buffer.AsSpan(at + count));
        for (int i = 0; i < count; i++) _buffer[at + i] = (byte)Random();
        _length += count;
    }

    private void Remove(int at)
    {
        int count = Math.Min(1 + Below(8), _length - at);
        _buffer.AsSpan(at + count, _length - at - count).CopyTo(_buffer.AsSpan(at));
        _length -= count;
    }

    // Appends a stretch of the input to itself: repeated records, wrong totals.
    private void Duplicate(int at)
    {
        int count = Math.Min(Math.Min(1 + Below(64), _length - at), _buffer.Length - _length);
        _buffer.AsSpan(at, count).CopyTo(_buffer.AsSpan(_length));
        _length += count;
    }

    private int Below(int bound) => (int)(Random() % (uint)bound);

    // SplitMix64: the same everywhere, unlike System.Random between versions.
    private ulong Random()
    {
        ulong z = _state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}
