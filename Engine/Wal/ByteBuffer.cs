using System;

namespace Slungd.Engine.Wal;

/// <summary>Bytes that grow at the end. Kept from use to use; what one large use needed is let go again.</summary>
internal sealed class ByteBuffer(int keptBytes)
{
    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>At least so much room behind what was written; dies with the next call.</summary>
    public Span<byte> Reserve(int bytes)
    {
        int need = checked(Length + bytes);
        if (need > _bytes.Length) Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, 2L * need));
        return _bytes.AsSpan(Length);
    }

    /// <summary>Keeps the front of what was reserved.</summary>
    public void Commit(int bytes) => Length += bytes;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Commit(bytes.Length);
    }

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > keptBytes) _bytes = [];
    }
}
