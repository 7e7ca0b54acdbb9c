using System;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Globalization;
using System.Text.Json;
using Slungd.Engine.Model;
using Slungd.Native.Checks;

namespace Slungd.Ingest.Protocols.MetricLines;

/// <summary>VictoriaMetrics' JSON lines, one series a line
/// (docs.victoriametrics.com/#how-to-import-data-in-json-line-format):
/// `{"metric":{"__name__":"up","job":"x"},"values":[1,null],"timestamps":[1000,2000]}`. Timestamps are milliseconds; a
/// value is a number, null for NaN, or "Infinity", "-Infinity", "NaN". A line that can't be read is named and counted;
/// the others stand. Reused; one thread.</summary>
/// <param name="precision">The sink's.</param>
/// <param name="batch">Receives the points; its owner clears it before and commits it afterwards.</param>
internal sealed class MetricLineDecoder(Precision precision, WriteBatch batch)
{
    /// <summary>So much JSON may name the labels of a series: room for the longest key.</summary>
    private const int MaxLabelBytes = WriteBatch.MaxKeyBytes + 65_536;

    /// <summary>What is no JSON is an exception for the reader, which costs as much as a thousand points. A text with
    /// so many such lines is none of these: the rest is not read.</summary>
    private const int MaxExceptions = 10_000;

    private readonly List<(byte[] Name, byte[] Value)> _labels = [];
    private readonly LabelNames _names = new();
    private int _labelBytes;
    private int _valuesStart, _timestampsStart; // of the arrays, in the line
    private int _valueCount, _timestampCount;
    private int _exceptions;
    private string _expected = "";

    /// <summary>Where the first line that could not be read stands and what was expected; null when all could.
    /// </summary>
    public string? Problem { get; private set; }

    /// <summary>Lines that could not be read.</summary>
    public long Malformed { get; private set; }

    /// <summary>The first line that was not looked at, since too many before it are no JSON; null when all were.
    /// </summary>
    public long? GivenUpAt { get; private set; }

    /// <summary>Decodes a text; the last line need not end.</summary>
    public void Decode(ReadOnlySpan<byte> text)
    {
        (Problem, Malformed, GivenUpAt, _exceptions) = (null, 0, null, 0);
        for (long number = 1; !text.IsEmpty; number++)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (line.Trim(" \t\r"u8).IsEmpty) continue;
            if (_exceptions == MaxExceptions)
            {
                GivenUpAt = number;
                return;
            }
            if (TryRead(line)) continue;
            Malformed++;
            Problem ??= string.Create(CultureInfo.InvariantCulture, $"line {number}: expected {_expected}");
        }
    }

    private bool TryRead(ReadOnlySpan<byte> line)
    {
        _labels.Clear();
        (_labelBytes, _valueCount, _timestampCount) = (0, 0, 0);
        var json = new Utf8JsonReader(line);
        try
        {
            if (!TryReadMembers(ref json)) return false;
        }
        catch (JsonException e)
        {
            _exceptions++;
            return Fail($"JSON; at byte {e.BytePositionInLine}: {e.Message.Split('.')[0]}");
        }
        catch (InvalidOperationException) // a text that is not UTF-8
        {
            _exceptions++;
            return Fail("texts in UTF-8");
        }
        if (_valueCount != _timestampCount)
            return Fail($"as many values as timestamps, got {_valueCount} and {_timestampCount}");
        if (!TryBeginSeries()) return false;
        if (_valueCount > 0) AddPoints(line);
        return true;
    }

    private bool TryReadMembers(ref Utf8JsonReader json)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return Fail("an object");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isRead = json.ValueTextEquals("metric"u8) ? TryReadLabels(ref json)
                : json.ValueTextEquals("values"u8) ? TryReadValues(ref json)
                : json.ValueTextEquals("timestamps"u8) ? TryReadTimestamps(ref json)
                : json.Read() && json.TrySkip();
            if (!isRead) return false;
        }
        return !json.Read() || Fail("nothing behind the object");
    }

    private bool TryReadLabels(ref Utf8JsonReader json)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return Fail("an object as metric");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (!TryTakeText(ref json, out byte[] name)) return false;
            if (!json.Read() || json.TokenType != JsonTokenType.String) return Fail("texts as labels");
            if (!TryTakeText(ref json, out byte[] value)) return false;
            _labels.Add((name, value));
        }
        return true;
    }

    private bool TryTakeText(ref Utf8JsonReader json, out byte[] text)
    {
        text = [];
        _labelBytes += json.ValueSpan.Length;
        if (_labelBytes > MaxLabelBytes || _labels.Count > ushort.MaxValue)
            return Fail("at most 65535 labels, in at most 1114112 bytes");
        text = new byte[json.ValueSpan.Length];
        Array.Resize(ref text, json.CopyString(text));
        return true;
    }

    /// <summary>Looks at the values, and remembers where they are: kept they might take many times their bytes.
    /// </summary>
    private bool TryReadValues(ref Utf8JsonReader json)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartArray) return Fail("an array as values");
        (_valuesStart, _valueCount) = ((int)json.TokenStartIndex, 0);
        for (; json.Read() && json.TokenType != JsonTokenType.EndArray; _valueCount++)
        {
            // Only long ones, and those with an exponent, can be beyond the floats.
            bool isSmall = json.TokenType == JsonTokenType.Number && json.ValueSpan.Length < 300
                && json.ValueSpan.IndexOfAny((byte)'e', (byte)'E') < 0;
            if (!isSmall && !TryTakeValue(ref json, out _))
                return Fail("numbers that fit a 64-bit float, null, \"Infinity\", \"-Infinity\" or \"NaN\" as values");
        }
        return true;
    }

    private static bool TryTakeValue(ref Utf8JsonReader json, out double value)
    {
        if (json.TokenType == JsonTokenType.Number)
            return NumberText.TryRead(json.ValueSpan, out value) && double.IsFinite(value);
        value = IsText(json, "Infinity"u8) ? double.PositiveInfinity
            : IsText(json, "-Infinity"u8) ? double.NegativeInfinity
            : double.NaN;
        return !double.IsNaN(value) || json.TokenType == JsonTokenType.Null || IsText(json, "NaN"u8);
    }

    private static bool IsText(Utf8JsonReader json, ReadOnlySpan<byte> text) =>
        json.TokenType == JsonTokenType.String && json.ValueTextEquals(text);

    private bool TryReadTimestamps(ref Utf8JsonReader json)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartArray) return Fail("an array as timestamps");
        (_timestampsStart, _timestampCount) = ((int)json.TokenStartIndex, 0);
        for (; json.Read() && json.TokenType != JsonTokenType.EndArray; _timestampCount++)
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out _))
                return Fail("whole milliseconds as timestamps");
        return true;
    }

    private bool TryBeginSeries()
    {
        byte[]? metric = null;
        _names.Clear();
        foreach ((byte[] name, byte[] value) in _labels)
        {
            if (name.Length == 0 || name.AsSpan().Contains((byte)'='))
                return Fail("label names that are not empty and have no equals sign");
            if (name.AsSpan().SequenceEqual("__name__"u8)) metric = value;
            _names.Add(name);
        }
        if (_names.HasTwins()) return Fail("each label once");
        if (metric is null || metric.Length == 0) return Fail("a label __name__ that is not empty");
        batch.BeginSeries(metric);
        foreach ((byte[] name, byte[] value) in _labels)
            if (!name.AsSpan().SequenceEqual("__name__"u8)) batch.AddLabel(name, value);
        return true;
    }

    /// <summary>Goes through both arrays side by side; they have been read once.</summary>
    private void AddPoints(ReadOnlySpan<byte> line)
    {
        ArrayItems values = new(line[_valuesStart..]), timestamps = new(line[_timestampsStart..]);
        for (int i = 0; i < _valueCount; i++)
        {
            bool isTime = Utf8Parser.TryParse(timestamps.Take(), out long milliseconds, out _);
            Invariant.Check(isTime);
            double value = ValueOf(values.Take());
            if (precision.TryConvert(milliseconds, Precision.Milliseconds, out long time)) batch.AddFloat(time, value);
            else batch.AddRefused(milliseconds < 0 ? RefusalCode.TooOld : RefusalCode.TooNew);
        }
    }

    private static double ValueOf(ReadOnlySpan<byte> item)
    {
        if (NumberText.TryRead(item, out double value)) return value;
        var json = new Utf8JsonReader(item); // a text or null
        bool isValue = json.Read() && TryTakeValue(ref json, out value);
        Invariant.Check(isValue);
        return value;
    }

    private bool Fail(string expected)
    {
        _expected = expected;
        return false;
    }
}
