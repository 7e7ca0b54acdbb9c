using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Slungd.Native.Simd;

namespace Slungd.Ingest.Framing;

/// <summary>
/// Takes WebSocket frames apart (RFC 6455, section 5.2) as their bytes arrive, and unmasks payload in place:
/// <code>
///  byte 0: FIN | RSV1 RSV2 RSV3 | opcode (4)      byte 1: MASK | length (7)
///  length 126: u16 big-endian follows; 127: u64 big-endian (highest bit 0); then the 4-byte key when MASK is set
/// </code>
/// Payload is handed out as far as it is there, so a frame needs no buffer of its size; headers and control frames
/// only when they are whole. A length in more bytes than it needs is accepted: nothing hangs on it.
/// A mutable struct that holds one direction of one connection; after a violation it must not be used again.
/// </summary>
internal struct FrameReader
{
    private const int MaxControlPayload = 125;
    private const int SmallHeader = 6;

    private readonly long _messageBytesMax;
    private readonly bool _expectMask;
    private long _messageBytes;   // of the current message, frames added up as announced
    private long _frameRemaining; // payload of the current data frame that is still to come
    private uint _mask;           // turned so that its low byte meets the next payload byte
    private bool _inFrame;
    private bool _frameIsFinal;
    private Opcode _message;      // Continuation: between messages

    /// <param name="expectMask">True at a server, whose clients must mask; false at a client.</param>
    /// <param name="messageBytesMax">Larger messages are a violation (1009), found at the header.</param>
    public FrameReader(bool expectMask, int messageBytesMax)
    {
        _expectMask = expectMask;
        _messageBytesMax = messageBytesMax;
    }

    /// <summary>The close code of a violation.</summary>
    public CloseCode Violation { get; private set; }

    /// <summary>What the peer did wrong.</summary>
    public string? ViolationReason { get; private set; }

    /// <summary>Payload of the current message that is still to come, as far as its current frame announced
    /// it.</summary>
    public readonly long Announced => _frameRemaining;

    /// <summary>The next bytes begin a message, or are a control frame.</summary>
    public readonly bool IsBetweenMessages => !_inFrame && _message == Opcode.Continuation;

    /// <summary>Reads on at <paramref name="offset"/>, which moves behind what was taken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FrameStatus Read(Span<byte> input, ref int offset, out FrameChunk chunk)
    {
        // The case that counts: a whole small masked binary message in one frame.
        int at = offset;
        if ((uint)at + SmallHeader <= (uint)input.Length && !_inFrame && input[at] == 0x82 && _expectMask
            && _message == Opcode.Continuation)
        {
            int length = input[at + 1] - 0x80;
            if ((uint)length <= MaxControlPayload && length <= input.Length - at - SmallHeader
                && length <= _messageBytesMax)
            {
                uint key = BinaryPrimitives.ReadUInt32LittleEndian(input.Slice(at + 2, sizeof(uint)));
                XorMask.Apply(input.Slice(at + SmallHeader, length), key);
                chunk.Start = at + SmallHeader;
                chunk.Length = length;
                chunk.Opcode = Opcode.Binary;
                chunk.Final = true;
                offset = at + SmallHeader + length;
                return FrameStatus.Data;
            }
        }
        return ReadAny(input, ref offset, out chunk);
    }

    private FrameStatus ReadAny(Span<byte> input, ref int offset, out FrameChunk chunk)
    {
        chunk = default;
        if (!_inFrame)
        {
            FrameStatus status = ReadHeader(input, ref offset, ref chunk);
            if (status != FrameStatus.Data) return status;
            if (_frameRemaining > 0 && offset == input.Length) return FrameStatus.NeedMore;
        }
        else if (offset == input.Length)
        {
            return FrameStatus.NeedMore;
        }
        int length = (int)Math.Min(_frameRemaining, input.Length - offset);
        Unmask(input.Slice(offset, length));
        chunk.Start = offset;
        chunk.Length = length;
        chunk.Opcode = _message;
        offset += length;
        _frameRemaining -= length;
        if (_frameRemaining == 0)
        {
            _inFrame = false;
            chunk.Final = _frameIsFinal;
            if (_frameIsFinal) _message = Opcode.Continuation;
        }
        return FrameStatus.Data;
    }

    /// <summary>Data: the header of a data frame was taken and the frame begun. Control: <paramref name="chunk"/> is
    /// set.</summary>
    private FrameStatus ReadHeader(Span<byte> input, ref int offset, ref FrameChunk chunk)
    {
        ReadOnlySpan<byte> rest = input[offset..];
        if (rest.Length < 2) return FrameStatus.NeedMore;
        bool final = (rest[0] & 0x80) != 0;
        bool masked = (rest[1] & 0x80) != 0;
        var opcode = (Opcode)(rest[0] & 0x0F);
        int shortLength = rest[1] & 0x7F;
        if ((rest[0] & 0x70) != 0) return Violate(CloseCode.ProtocolError, "reserved bits are set");
        if (masked != _expectMask)
            return Violate(CloseCode.ProtocolError, _expectMask ? "the frame is not masked" : "the frame is masked");
        if (!CheckOrder(opcode, final, shortLength)) return FrameStatus.Violation;

        int lengthBytes = shortLength < 126 ? 0 : shortLength == 126 ? sizeof(ushort) : sizeof(ulong);
        int header = 2 + lengthBytes + (masked ? sizeof(uint) : 0);
        if (rest.Length < header) return FrameStatus.NeedMore;
        ulong length = lengthBytes switch
        {
            0 => (ulong)shortLength,
            sizeof(ushort) => BinaryPrimitives.ReadUInt16BigEndian(rest[2..]),
            _ => BinaryPrimitives.ReadUInt64BigEndian(rest[2..]),
        };
        if (length > long.MaxValue) return Violate(CloseCode.ProtocolError, "the length has its highest bit set");
        uint mask = masked ? BinaryPrimitives.ReadUInt32LittleEndian(rest[(2 + lengthBytes)..]) : 0;

        if (IsControl(opcode))
        {
            if (rest.Length < header + (int)length) return FrameStatus.NeedMore;
            chunk.Start = offset + header;
            chunk.Length = (int)length;
            chunk.Opcode = opcode;
            chunk.Final = true;
            XorMask.Apply(input.Slice(chunk.Start, chunk.Length), mask);
            offset = chunk.Start + chunk.Length;
            return FrameStatus.Control;
        }
        if (opcode != Opcode.Continuation)
        {
            _message = opcode;
            _messageBytes = 0;
        }
        if (length > (ulong)(_messageBytesMax - _messageBytes))
            return Violate(CloseCode.MessageTooBig, "the message is too big");
        _messageBytes += (long)length;
        _frameRemaining = (long)length;
        _frameIsFinal = final;
        _mask = mask;
        _inFrame = true;
        offset += header;
        return FrameStatus.Data;
    }

    /// <summary>False, with the violation set, for an opcode that may not come here.</summary>
    private bool CheckOrder(Opcode opcode, bool final, int shortLength)
    {
        string? wrong = opcode switch
        {
            Opcode.Continuation => _message == Opcode.Continuation ? "a continuation without a message" : null,
            Opcode.Text or Opcode.Binary => _message != Opcode.Continuation ? "a message inside a message" : null,
            Opcode.Close or Opcode.Ping or Opcode.Pong =>
                !final ? "a fragmented control frame" : shortLength > MaxControlPayload ? "a long control frame" : null,
            _ => "a reserved opcode",
        };
        if (wrong is null) return true;
        Violate(CloseCode.ProtocolError, wrong);
        return false;
    }

    private static bool IsControl(Opcode opcode) => ((int)opcode & 0x8) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Unmask(Span<byte> payload)
    {
        if (!_expectMask) return;
        XorMask.Apply(payload, _mask);
        _mask = XorMask.Advance(_mask, payload.Length & 3);
    }

    private FrameStatus Violate(CloseCode code, string reason)
    {
        Violation = code;
        ViolationReason = reason;
        return FrameStatus.Violation;
    }
}
