using System;
using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Slungd.Ingest.Framing;

/// <summary>Checks UTF-8 that arrives in pieces (RFC 3629): a wrong byte is reported with the piece that holds it, a
/// character that is cut in two waits for its rest. A mutable struct; the default value is ready, and so
/// is one whose text was complete.</summary>
internal struct Utf8Checker
{
    private uint _cut;     // the bytes of the unfinished character, the first one lowest
    private int _cutCount; // 0 to 3

    /// <summary>The text so far ends between characters.</summary>
    public readonly bool IsComplete => _cutCount == 0;

    /// <summary>False when no continuation can make the text so far valid.</summary>
    public bool Add(ReadOnlySpan<byte> piece)
    {
        if (_cutCount > 0 && !FinishCut(ref piece)) return false;
        if (Utf8.IsValid(piece)) return true;

        // Only a cut character at the very end may be wrong with it: at most three bytes.
        for (int tail = 1; tail <= 3 && tail <= piece.Length; tail++)
        {
            ReadOnlySpan<byte> end = piece[^tail..];
            if ((end[0] & 0xC0) != 0xC0) continue; // not a first byte
            if (Rune.DecodeFromUtf8(end, out _, out _) != OperationStatus.NeedMoreData) return false;
            if (!Utf8.IsValid(piece[..^tail])) return false;
            Keep(end);
            return true;
        }
        return false;
    }

    private bool FinishCut(ref ReadOnlySpan<byte> piece)
    {
        Span<byte> character = stackalloc byte[4];
        int count = _cutCount;
        for (int i = 0; i < count; i++) character[i] = (byte)(_cut >> (8 * i));
        while (!piece.IsEmpty)
        {
            character[count++] = piece[0];
            piece = piece[1..];
            OperationStatus status = Rune.DecodeFromUtf8(character[..count], out _, out int consumed);
            if (status == OperationStatus.Done)
            {
                _cutCount = 0;
                return consumed == count;
            }
            if (status != OperationStatus.NeedMoreData) return false;
        }
        Keep(character[..count]);
        return true;
    }

    private void Keep(ReadOnlySpan<byte> cut)
    {
        _cut = 0;
        _cutCount = cut.Length;
        for (int i = 0; i < cut.Length; i++) _cut |= (uint)cut[i] << (8 * i);
    }
}
