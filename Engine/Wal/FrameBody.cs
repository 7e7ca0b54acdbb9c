using System;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Native.Bits;

namespace Slungd.Engine.Wal;

/// <summary>Walks the parts of a frame's body in their order: all definitions, all marks, all blocks. Any bytes may be
/// given: what is not sound ends the walk with <see cref="IsSound"/> false.</summary>
internal ref struct FrameBody
{
    private readonly ReadOnlySpan<byte> _body;
    private int _at;
    private ulong _definitionsLeft, _marksLeft;
    private ulong _reference;
    private readonly bool _hasMarks;
    private bool _marksBegun;

    public FrameBody(ReadOnlySpan<byte> body)
    {
        _body = body;
        const byte Known = LogFormat.SyncedFlag | LogFormat.DefinitionsFlag | LogFormat.MarksFlag;
        IsSound = body.Length > 1 && body[0] <= Known;
        if (!IsSound) return;
        _at = 1;
        IsSynced = (body[0] & LogFormat.SyncedFlag) != 0;
        _hasMarks = (body[0] & LogFormat.MarksFlag) != 0;
        if ((body[0] & LogFormat.DefinitionsFlag) == 0) return;
        IsSound = TryReadCount(out _definitionsLeft) && Varint.TryRead(body, ref _at, out _reference);
    }

    /// <summary>The log in front of this frame was durable when it was written.</summary>
    public bool IsSynced { get; }

    /// <summary>False once something did not make sense; nothing more is found then.</summary>
    public bool IsSound { get; private set; }

    /// <summary>The next definition. The key is put together in <paramref name="key"/>, which still holds the one
    /// before.</summary>
    public bool NextDefinition(ref byte[] key, ref int keyLength, out uint reference, out ValueFamily family)
    {
        reference = 0;
        family = ValueFamily.None;
        if (!IsSound || _definitionsLeft == 0) return false;
        IsSound = TryReadDefinition(ref key, ref keyLength, out family) && _reference <= int.MaxValue;
        reference = (uint)_reference++;
        _definitionsLeft--;
        return IsSound;
    }

    /// <summary>The next mark, once the definitions are through.</summary>
    public bool NextMark(out ProducerMark mark)
    {
        mark = default;
        if (!IsSound) return false;
        if (_hasMarks && !_marksBegun) IsSound = TryReadCount(out _marksLeft);
        _marksBegun = true;
        if (!IsSound || _marksLeft == 0) return false;
        IsSound = Varint.TryRead(_body, ref _at, out ulong producer) & Varint.TryRead(_body, ref _at, out ulong epoch)
            & Varint.TryRead(_body, ref _at, out ulong sequence);
        mark = new ProducerMark(producer, epoch, sequence);
        _marksLeft--;
        return IsSound;
    }

    /// <summary>The next block, once the marks are through.</summary>
    public bool NextBlock(PointBlock into)
    {
        if (!IsSound || _at == _body.Length) return false;
        if (_body[_at] == LogFormat.PaddingBlock) _at = _body.Length;
        return _at < _body.Length && (IsSound = into.TryRead(_body, ref _at));
    }

    /// <summary>No count is above the bytes that are left: so a lie can't keep anybody busy.</summary>
    private bool TryReadCount(out ulong count) =>
        Varint.TryRead(_body, ref _at, out count) && count >= 1 && count <= (uint)(_body.Length - _at);

    private bool TryReadDefinition(ref byte[] key, ref int keyLength, out ValueFamily family)
    {
        family = ValueFamily.None;
        if (_at >= _body.Length) return false;
        family = (ValueFamily)_body[_at++];
        if (family is < ValueFamily.Float or > ValueFamily.Histogram) return false;
        if (!Varint.TryRead(_body, ref _at, out ulong shared) || shared > (uint)keyLength) return false;
        if (!Varint.TryRead(_body, ref _at, out ulong rest) || rest > (uint)(_body.Length - _at)) return false;
        keyLength = checked((int)(shared + rest));
        if (key.Length < keyLength) Array.Resize(ref key, Math.Max(keyLength, key.Length * 2));
        _body.Slice(_at, (int)rest).CopyTo(key.AsSpan((int)shared));
        _at += (int)rest;
        return true;
    }
}
