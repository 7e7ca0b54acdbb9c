using System;
using System.Buffers.Binary;
using System.Globalization;

namespace Slungd.Ingest.Protocols.Graphite;

/// <summary>Carbon's pickle protocol (graphite.readthedocs.io/en/latest/feeding-carbon.html): a list or tuple of
/// `(path, (time, value))`, pairs that may be lists, too, in Python's pickle protocols 0 to 5 (python:
/// Lib/pickletools.py). Only what makes lists, tuples, texts and numbers is known: a pickle that names a class or calls
/// a function is refused, like any other. A point goes to the decoder when it is put into the lowest list, or the
/// lowest tuple is made, so that nothing grows with the message. One thread; reused.</summary>
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
        Taken,  // a tuple whose points were taken
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
        public bool IsList; // more may be put into it
        public Kind First;  // of a list with one thing: what it is
        public int Things;  // in the list or tuple, but for the points that were taken
        public int Memo;    // where the list is remembered, and one more
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
            if (code == '.') return TryEnd(decoder);
            if (_count >= MaxStack - 1 || !TryStep(code, message, ref at, decoder, now)) return false;
        }
        return false;
    }

    /// <summary>What came in the end: whatever in it is no point counts.</summary>
    private bool TryEnd(GraphiteDecoder decoder)
    {
        if (_count == 0 || _stack[_count - 1].Kind == Kind.Mark) return false;
        ref readonly Value last = ref _stack[_count - 1];
        int things = last.Kind == Kind.Taken ? 0 : last.IsList ? last.Things : Math.Max(1, last.Things);
        for (; things > 0; things--) NoteOther(decoder);
        return true;
    }

    private bool TryStep(byte code, ReadOnlySpan<byte> message, ref int at, GraphiteDecoder decoder, long now) =>
        (char)code switch
        {
            '\x80' => TrySkip(message, ref at, 1), // PROTO
            '\x95' => TrySkip(message, ref at, 8), // FRAME
            '(' => Push(new Value { Kind = Kind.Mark }),
            ']' => Push(NewList),
            ')' => Push(new Value { Kind = Kind.Taken }),
            'N' => Push(new Value { Kind = Kind.Other }),
            '\x88' => PushNumber(1), // True, as carbon takes it
            '\x89' => PushNumber(0),
            'l' => TryList(FindMark(), decoder, message, now),
            'e' => IsList(FindMark() - 2) && TryAppend(FindMark() - 2, FindMark(), decoder, message, now),
            'a' => IsList(_count - 2) && TryAppend(_count - 2, _count - 1, decoder, message, now),
            't' => TryTuple(FindMark(), hasMark: true, decoder, message, now),
            '\x85' => TryTuple(_count - 1, hasMark: false, decoder, message, now),
            '\x86' => TryTuple(_count - 2, hasMark: false, decoder, message, now),
            '\x87' => TryTuple(_count - 3, hasMark: false, decoder, message, now),
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
                return TryLong(message, ref at, Number(message, ref at, 1));
            case '\x8b':
                return TryLong(message, ref at, Number(message, ref at, 4));
            case 'G':
                if (!TrySkip(message, ref at, 8)) return false;
                return PushNumber(BinaryPrimitives.ReadDoubleBigEndian(message[(at - 8)..]));
            case 'I' or 'L' or 'F':
                if (!TryLine(message, ref at, out ReadOnlySpan<byte> digits)) return false;
                if (!NumberText.TryRead(digits.TrimEnd((byte)'L'), out double number)) return false;
                return code == 'F' || double.IsFinite(number) ? PushNumber(number)
                    : Push(new Value { Kind = Kind.Other });
            default:
                return false;
        }
    }

    private static Value NewList => new() { Kind = Kind.Other, IsList = true };

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

    /// <summary>A number in two's complement, as long as it likes.</summary>
    private bool TryLong(ReadOnlySpan<byte> message, ref int at, long length)
    {
        if (length < 0 || length > message.Length - at) return false;
        ReadOnlySpan<byte> bytes = message.Slice(at, (int)length);
        at += (int)length;
        bool isNegative = length > 0 && bytes[^1] >= 0x80;
        byte sign = isNegative ? (byte)0xff : (byte)0;
        bytes = bytes.TrimEnd(sign);
        int rest = Math.Max(0, bytes.Length - sizeof(long)); // bytes below the highest eight
        ulong high = 0;
        for (int i = bytes.Length - 1; i >= rest; i--) high = high << 8 | (byte)(bytes[i] ^ sign);
        if (bytes[..rest].ContainsAnyExcept(sign)) high |= 1; // for the rounding
        if (isNegative && rest == 0 && high < ulong.MaxValue) high++;
        double number = Math.ScaleB((double)high, 8 * rest);
        if (!double.IsFinite(number)) return Push(new Value { Kind = Kind.Other });
        return PushNumber(isNegative ? -number : number);
    }

    /// <summary>Of two things: (time, value) or (path, sample) is what is wanted; at the bottom also points.</summary>
    private bool TryTuple(int first, bool hasMark, GraphiteDecoder decoder, ReadOnlySpan<byte> message, long now)
    {
        if (first < 0) return false;
        int place = hasMark ? first - 1 : first;
        bool hasPoints = false;
        for (int i = first; place == 0 && i < _count; i++) hasPoints |= _stack[i].Kind == Kind.Point;
        Value made = new() { Kind = hasPoints || first == _count ? Kind.Taken : Kind.Other };
        for (int i = first; hasPoints && i < _count; i++) Take(_stack[i], decoder, message, now);
        if (!hasPoints && _count - first == 2) made = Pair(_stack[first], _stack[first + 1], message);
        made.Things = _count - first;
        _count = place;
        return Push(made);
    }

    private static Value Pair(in Value left, in Value right, ReadOnlySpan<byte> message)
    {
        if (left.Kind == Kind.Text && right.Kind == Kind.Sample)
            return new Value
            {
                Kind = Kind.Point, Start = left.Start, Length = left.Length, Time = right.Time, Number = right.Number,
            };
        if (TryNumber(left, message, out double time) && TryNumber(right, message, out double value))
            return new Value { Kind = Kind.Sample, Time = time, Number = value };
        return new Value { Kind = Kind.Other };
    }

    /// <summary>Senders write numbers as texts, too.</summary>
    private static bool TryNumber(in Value value, ReadOnlySpan<byte> message, out double number)
    {
        number = value.Number;
        return value.Kind == Kind.Number || (value.Kind == Kind.Text && value.Length <= MaxNumberBytes
            && NumberText.TryRead(message.Slice(value.Start, value.Length), out number));
    }

    private bool IsList(int index) => index >= 0 && _stack[index].IsList;

    private bool TryList(int first, GraphiteDecoder decoder, ReadOnlySpan<byte> message, long now)
    {
        if (first < 0) return false;
        _stack[first - 1] = NewList;
        return TryAppend(first - 1, first, decoder, message, now);
    }

    /// <summary>Puts everything from <paramref name="first"/> on into the list at <paramref name="list"/>. The lowest
    /// one has the points, the others may be pairs.</summary>
    private bool TryAppend(int list, int first, GraphiteDecoder decoder, ReadOnlySpan<byte> message, long now)
    {
        ref Value into = ref _stack[list];
        for (int i = first; i < _count; i++)
        {
            if (list == 0 && _stack[i].Kind == Kind.Point) Take(_stack[i], decoder, message, now);
            else Put(ref into, _stack[i], message);
        }
        _count = list + 1;
        if (into.Memo > 0) _memo[into.Memo - 1] = into; // it is remembered while it is empty
        return true;
    }

    /// <summary>Of two things a list becomes a pair, of more it is of no use.</summary>
    private static void Put(ref Value list, in Value thing, ReadOnlySpan<byte> message)
    {
        Value pair = thing; // of one thing
        (pair.Kind, list.First) = (Kind.Other, list.Things == 0 ? thing.Kind : list.First);
        if (list.Things == 1) pair = Pair(list with { Kind = list.First }, thing, message);
        (list.Kind, list.Start, list.Length) = (pair.Kind, pair.Start, pair.Length);
        (list.Time, list.Number) = (pair.Time, pair.Number);
        list.Things++;
    }

    private static void Take(in Value value, GraphiteDecoder decoder, ReadOnlySpan<byte> message, long now)
    {
        bool isPoint = value.Kind == Kind.Point
            && decoder.TryAdd(message.Slice(value.Start, value.Length), value.Time, value.Number, now);
        if (!isPoint) NoteOther(decoder);
    }

    private static void NoteOther(GraphiteDecoder decoder) =>
        decoder.Note("a pickled item that is no (path, (time, value))"u8);

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
        ref Value last = ref _stack[_count - 1];
        (last.Message, last.Memo) = (_message, last.IsList ? (int)index + 1 : 0);
        _memo[index] = last;
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
