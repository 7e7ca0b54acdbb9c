using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Slungd.Engine.Model;

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
    private readonly List<double> _values = [];
    private readonly List<long> _timestamps = [];
    private readonly List<(byte[] Name, byte[] Value)> _labels = [];
    private readonly LabelNames _names = new();
    private string _expected = "";

    /// <summary>Where the first line that could not be read stands and what was expected; null when all could.
    /// </summary>
    public string? Problem { get; private set; }

    /// <summary>Lines that could not be read.</summary>
    public long Malformed { get; private set; }

    /// <summary>Decodes a text; the last line need not end.</summary>
    public void Decode(ReadOnlySpan<byte> text)
    {
        (Problem, Malformed) = (null, 0);
        for (long number = 1; !text.IsEmpty; number++)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (line.Trim(" \t\r"u8).IsEmpty || TryRead(line)) continue;
            Malformed++;
            Problem ??= string.Create(CultureInfo.InvariantCulture, $"line {number}: expected {_expected}");
        }
    }

    private bool TryRead(ReadOnlySpan<byte> line)
    {
        _values.Clear();
        _timestamps.Clear();
        _labels.Clear();
        var json = new Utf8JsonReader(line);
        try
        {
            if (!TryReadMembers(ref json)) return false;
        }
        catch (JsonException e)
        {
            return Fail($"JSON; at byte {e.BytePositionInLine}: {e.Message.Split('.')[0]}");
        }
        catch (InvalidOperationException) // a text that is not UTF-8
        {
            return Fail("texts in UTF-8");
        }
        if (_values.Count != _timestamps.Count)
            return Fail($"as many values as timestamps, got {_values.Count} and {_timestamps.Count}");
        return TryStore();
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
            byte[] name = Encoding.UTF8.GetBytes(json.GetString()!);
            if (!json.Read() || json.TokenType != JsonTokenType.String) return Fail("texts as labels");
            _labels.Add((name, Encoding.UTF8.GetBytes(json.GetString()!)));
        }
        return true;
    }

    private bool TryReadValues(ref Utf8JsonReader json)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartArray) return Fail("an array as values");
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType == JsonTokenType.Number && json.TryGetDouble(out double value)) _values.Add(value);
            else if (json.TokenType == JsonTokenType.Null || IsText(json, "NaN"u8)) _values.Add(double.NaN);
            else if (IsText(json, "Infinity"u8)) _values.Add(double.PositiveInfinity);
            else if (IsText(json, "-Infinity"u8)) _values.Add(double.NegativeInfinity);
            else return Fail("numbers, null, \"Infinity\", \"-Infinity\" or \"NaN\" as values");
        }
        return true;
    }

    private static bool IsText(Utf8JsonReader json, ReadOnlySpan<byte> text) =>
        json.TokenType == JsonTokenType.String && json.ValueTextEquals(text);

    private bool TryReadTimestamps(ref Utf8JsonReader json)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartArray) return Fail("an array as timestamps");
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out long time))
                return Fail("whole milliseconds as timestamps");
            _timestamps.Add(time);
        }
        return true;
    }

    private bool TryStore()
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
        for (int i = 0; i < _values.Count; i++)
        {
            if (precision.TryConvert(_timestamps[i], Precision.Milliseconds, out long time))
                batch.AddFloat(time, _values[i]);
            else
                batch.AddRefused(_timestamps[i] < 0 ? RefusalCode.TooOld : RefusalCode.TooNew);
        }
        return true;
    }

    private bool Fail(string expected)
    {
        _expected = expected;
        return false;
    }
}
