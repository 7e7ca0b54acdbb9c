using System;
using System.Buffers.Binary;
using System.Text;

namespace Slungd.Engine.Series;

/// <summary>Builds wire keys in a buffer that is reused: <see cref="Begin(ReadOnlySpan{byte})"/>, the tags, then
/// <see cref="TryFinish"/>. Allocates only when a key is larger than any before it. One thread.</summary>
internal sealed class WireKeyBuilder
{
    /// <summary>Bounds the buffer; longer keys fit in no message.</summary>
    public const int MaxKeyBytes = 16 * 1024 * 1024;

    private byte[] _buffer = new byte[256];
    private int _length;
    private int _tags;
    private bool _fits;

    /// <summary>Starts a key.</summary>
    public void Begin(ReadOnlySpan<byte> name)
    {
        _length = WireKey.HeaderBytes;
        _tags = 0;
        _fits = name.Length <= WireKey.MaxTextBytes;
        if (!_fits) return;
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer, (ushort)name.Length);
        Put(name);
    }

    /// <inheritdoc cref="Begin(ReadOnlySpan{byte})"/>
    public void Begin(string name) => Begin(Encoding.UTF8.GetBytes(name));

    /// <summary>Adds one tag; an empty one is kept here and ignored by the store.</summary>
    public void AddTag(ReadOnlySpan<byte> tag) => AddTag(tag, default, default);

    /// <inheritdoc cref="AddTag(ReadOnlySpan{byte})"/>
    public void AddTag(string tag) => AddTag(Encoding.UTF8.GetBytes(tag));

    /// <summary>Adds the tag `key=value`. A key with `=` in it reads as another key: the caller refuses it.</summary>
    public void AddLabel(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => AddTag(key, "="u8, value);

    /// <summary>The key, valid until the next <see cref="Begin(ReadOnlySpan{byte})"/>.</summary>
    /// <returns>False when a text is longer than 65,535 bytes, there are more than 65,535 tags, or the whole is longer
    /// than <see cref="MaxKeyBytes"/>.</returns>
    public bool TryFinish(out ReadOnlySpan<byte> key)
    {
        key = default;
        if (!_fits) return false;
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(2), (ushort)_tags);
        key = _buffer.AsSpan(0, _length);
        return true;
    }

    private void AddTag(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third)
    {
        int length = first.Length + second.Length + third.Length;
        _fits = _fits && length <= WireKey.MaxTextBytes && _tags < WireKey.MaxTags &&
            _length + 2 + length <= MaxKeyBytes;
        if (!_fits) return;
        _tags++;
        Span<byte> prefix = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(prefix, (ushort)length);
        Put(prefix);
        Put(first);
        Put(second);
        Put(third);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        if (_buffer.Length - _length < bytes.Length)
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + bytes.Length));
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }
}
