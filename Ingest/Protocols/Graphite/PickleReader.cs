using System;
using System.Buffers.Binary;
using System.Globalization;

namespace Slungd.Ingest.Protocols.Graphite;

/// <summary>Carbon's pickle protocol (graphite.readthedocs.io/en/latest/feeding-carbon.html): a list of
/// `(path, (time, value))`, in Python's pickle protocols 0 to 5 (python: Lib/pickletools.py). Only what makes lists,
/// tuples, texts and numbers is known: a pickle that names a class or calls a function is refused, like any other.
/// A point goes to the decoder when it is put into a list, so that nothing grows with the message. One thread; reused.
/// </summary>
internal sealed class PickleReader
{
    /// <summary>The longest message, as carbon has it.</summary>
    public const int MaxMessageBytes = 1 << 20;

    /// <summary>Python appends a thousand points at once, and remembers their texts and tuples.</summary>
    private const int MaxStack = 16_384;
    private const int MaxMemo = 65_536;

    /// <summary>A longer text is no number: one text may be remembered, and read again and again.</summary>
    private const int MaxNumberBytes = 128;

    private readonly Value[] _stack = new Value[MaxStack];
    private Value[] _memo = new Value[1024];
    private int _count;
    private int _memoCount;
    private uint _message; // so that what an earlier one remembered need not be forgotten

    private enum Kind : byte
    {
        Mark,
        Number,
        Text,
        Sample, // (time, value)
        Point,  // (path, (time, value))
        List,
        Other,
    }

    private struct Value
    {
        public Kind Kind;
        public int Start; // of the text
        public int Length;
        public uint Message; // that remembered it
        public double Time;
        public double Number;
    }

    /// <summary>Reads a message without its length.</summary>
    /// <param name="message">A pickle.</param>
    /// <param name="decoder">Receives the points, and counts those that are none.</param>
    /// <param name="now">In store precision.</param>
    /// <returns>False when it is no pickle of points; those read before stand.</returns>
    public bool TryRead(ReadOnlySpan<byte> message, GraphiteDecoder decoder, long now)
    {
        (_count, _memoCount) = (0, 0);
        if (++_message == 0) Array.Clear(_memo);
        int at = 0;
        while (at < message.Length)
        {
            byte code = message[at++];
            if (code == '.') return true;
            if (_count >= MaxStack - 1 || !TryStep(code, message, ref at, decoder, now)) return false;
        }
        return false;
    }

    private bool TryStep(byte code, ReadOnlySpan<byte> message, ref int at, GraphiteDecoder decoder, long now) =>
        (char)code switch
        {
            '\x80' => TrySkip(message, ref at, 1), // PROTO
            '\x95' => TrySkip(message, ref at, 8), // FRAME
            '(' => Push(new Value { Kind = Kind.Mark }),
            ']' => Push(new Value { Kind = Kind.List }),
            ')' => Push(new Value { Kind = Kind.Other }),
            'N' or '\x88' or '\x89' => Push(new Value { Kind = Kind.Other }),
            'l' => TryAppend(FindMark() - 1, FindMark(), decoder, message, now),
            'e' => IsList(FindMark() - 2) && TryAppend(FindMark() - 2, FindMark(), decoder, message, now),
            'a' => IsList(_count - 2) && TryAppend(_count - 2, _count - 1, decoder, message, now),
            't' => TryTuple(FindMark(), hasMark: true, message),
            '\x85' => TryTuple(_count - 1, hasMark: false, message),
            '\x86' => TryTuple(_count - 2, hasMark: false, message),
            '\x87' => TryTuple(_count - 3, hasMark: false, message),
            'q' => TryRemember(Number(message, ref at, 1)),
            'r' => TryRemember(Number(message, ref at, 4)),
            '\x94' => TryRemember(_memoCount),
            'h' => TryRecall(Number(message, ref at, 1)),
            'j' => TryRecall(Number(message, ref at, 4)),
            'p' => TryLine(message, ref at, out var line) && TryParse(line, out long put) && TryRemember(put),
            'g' => TryLine(message, ref at, out var line) && TryParse(line, out long get) && TryRecall(get),
            _ => TryLiteral((char)code, message, ref at),
        };

    /// <summary>Texts and numbers.</summary>
    private bool TryLiteral(char code, ReadOnlySpan<byte> message, ref int at)
    {
        switch (code)
        {
            case 'U' or 'C' or '\x8c': // one byte of length
                return TryText(message, ref at, Number(message, ref at, 1));
            case 'T' or 'B' or 'X':
                return TryText(message, ref at, Number(message, ref at, 4));
            case '\x8d' or '\x8e':
                return TryText(message, ref at, Number(message, ref at, 8));
            case 'S' or 'V':
                return TryLine(message, ref at, out ReadOnlySpan<byte> text) && TryQuoted(text, at, code == 'S');
            case 'K':
                return Push(Number(message, ref at, 1));
            case 'M':
                return Push(Number(message, ref at, 2));
            case 'J':
                long unsigned = Number(message, ref at, 4);
                return unsigned >= 0 && PushNumber((int)unsigned);
            case '\x8a':
                return TryLong(message, ref at);
            case 'G':
                if (!TrySkip(message, ref at, 8)) return false;
                return PushNumber(BinaryPrimitives.ReadDoubleBigEndian(message[(at - 8)..]));
            case 'I' or 'L' or 'F':
                if (!TryLine(message, ref at, out ReadOnlySpan<byte> digits)) return false;
                return NumberText.TryRead(digits.TrimEnd((byte)'L'), out double number)
                    && PushNumber(number);
            default:
                return false;
        }
    }

    private bool Push(Value value)
    {
        _stack[_count++] = value;
        return true;
    }

    private bool Push(long number) => number >= 0 && PushNumber(number);

    private bool PushNumber(double number) => Push(new Value { Kind = Kind.Number, Number = number });

    private bool TryText(ReadOnlySpan<byte> message, ref int at, long length)
    {
        if (length < 0 || length > message.Length - at) return false;
        int start = at;
        at += (int)length;
        return Push(new Value { Kind = Kind.Text, Start = start, Length = (int)length });
    }

    /// <summary>A text of protocol 0, without escapes: paths have none.</summary>
    private bool TryQuoted(ReadOnlySpan<byte> line, int behind, bool hasQuotes)
    {
        int start = behind - 1 - line.Length;
        if (line.Contains((byte)'\\')) return false;
        if (!hasQuotes) return Push(new Value { Kind = Kind.Text, Start = start, Length = line.Length });
        return line.Length >= 2 && line[0] == line[^1] && line[0] is (byte)'\'' or (byte)'"'
            && Push(new Value { Kind = Kind.Text, Start = start + 1, Length = line.Length - 2 });
    }

    private bool TryLong(ReadOnlySpan<byte> message, ref int at)
    {
        int length = (int)Number(message, ref at, 1);
        if (length is < 0 or > sizeof(long) || !TrySkip(message, ref at, length)) return false;
        long number = length > 0 && message[at - 1] >= 0x80 ? -1 : 0; // two's complement
        for (int i = 1; i <= length; i++) number = number << 8 | message[at - i];
        return PushNumber(number);
    }

    /// <summary>Of two things: (time, value) or (path, sample) is what is wanted.</summary>
    private bool TryTuple(int first, bool hasMark, ReadOnlySpan<byte> message)
    {
        if (first < 0) return false;
        Value made = new() { Kind = Kind.Other };
        if (_count - first == 2)
        {
            ref readonly Value left = ref _stack[first], right = ref _stack[first + 1];
            if (right.Kind == Kind.Sample && left.Kind == Kind.Text)
            {
                made = right;
                (made.Kind, made.Start, made.Length) = (Kind.Point, left.Start, left.Length);
            }
            else if (TryNumber(left, message, out double time) && TryNumber(right, message, out double value))
                made = new Value { Kind = Kind.Sample, Time = time, Number = value };
        }
        _count = hasMark ? first - 1 : first;
        return Push(made);
    }

    /// <summary>Senders write numbers as texts, too.</summary>
    private static bool TryNumber(in Value value, ReadOnlySpan<byte> message, out double number)
    {
        number = value.Number;
        return value.Kind == Kind.Number || (value.Kind == Kind.Text && value.Length <= MaxNumberBytes
            && NumberText.TryRead(message.Slice(value.Start, value.Length), out number));
    }

    private bool IsList(int index) => index >= 0 && _stack[index].Kind == Kind.List;

    /// <summary>Puts everything from <paramref name="first"/> on into the list that lies, or will lie, at <paramref
    /// name="list"/>.</summary>
    private bool TryAppend(int list, int first, GraphiteDecoder decoder, ReadOnlySpan<byte> message, long now)
    {
        if (list < 0) return false;
        for (int i = first; i < _count; i++)
        {
            ref readonly Value value = ref _stack[i];
            bool isPoint = value.Kind == Kind.Point
                && decoder.TryAdd(message.Slice(value.Start, value.Length), value.Time, value.Number, now);
            if (!isPoint) decoder.Note("a pickled item that is no (path, (time, value))"u8);
        }
        _count = list;
        return Push(new Value { Kind = Kind.List });
    }

    /// <summary>Behind the last mark; -1 without one.</summary>
    private int FindMark()
    {
        for (int i = _count - 1; i >= 0; i--)
            if (_stack[i].Kind == Kind.Mark) return i + 1;
        return -1;
    }

    private bool TryRemember(long index)
    {
        if (index < 0 || index >= MaxMemo || _count == 0) return index >= MaxMemo && _count > 0;
        if (index >= _memo.Length) Array.Resize(ref _memo, Math.Max((int)index + 1, 2 * _memo.Length));
        _memo[index] = _stack[_count - 1];
        _memo[index].Message = _message;
        _memoCount = Math.Max(_memoCount, (int)index + 1);
        return true;
    }

    private bool TryRecall(long index) =>
        index >= 0 && index < _memoCount && _memo[index].Message == _message && Push(_memo[index]);

    private static bool TrySkip(ReadOnlySpan<byte> message, ref int at, int bytes)
    {
        if (bytes > message.Length - at) return false;
        at += bytes;
        return true;
    }

    /// <summary>An unsigned number, little-endian; -1 when the message ends before it.</summary>
    private static long Number(ReadOnlySpan<byte> message, ref int at, int bytes)
    {
        if (!TrySkip(message, ref at, bytes)) return -1;
        ulong number = 0;
        for (int i = 1; i <= bytes; i++) number = number << 8 | message[at - i];
        return (long)Math.Min(number, long.MaxValue);
    }

    private static bool TryLine(ReadOnlySpan<byte> message, ref int at, out ReadOnlySpan<byte> line)
    {
        int end = message[at..].IndexOf((byte)'\n');
        line = end < 0 ? default : message.Slice(at, end);
        if (end >= 0) at += end + 1;
        return end >= 0;
    }

    private static bool TryParse(ReadOnlySpan<byte> line, out long number) =>
        long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
