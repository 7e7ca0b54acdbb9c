using System;
using System.Collections.Generic;
using System.Text;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Hosting.Sending;

/// <summary>Comma-separated values (RFC 4180, but a field ends on its line). The first line names the columns:
/// `series`, `timestamp`, `value`, `tags` (several with `;` between them); every other column is a tag `name=cell`,
/// left out where the cell is empty. Without a timestamp, or where its cell is empty, it means now.</summary>
/// <param name="series">The series of every line when there is no such column; null when there must be one.</param>
/// <param name="precision">The unit of timestamps.</param>
/// <param name="clock">The time of points without a timestamp.</param>
internal sealed class CsvLines(string? series, Precision precision, TimeProvider clock) : PointFormat(precision, clock)
{
    private enum Role : byte { Series, Timestamp, Value, Tags, Tag }

    private readonly byte[]? _series = series is null ? null : Encoding.UTF8.GetBytes(series);
    private readonly List<(Role Role, byte[] Name)> _columns = [];
    private byte[] _unquoted = new byte[256];

    public override string? Read(ReadOnlySpan<byte> line, PointBuilder point)
    {
        if (_columns.Count == 0) return ReadHeader(line);
        if (_series is not null && !point.TrySetSeries(_series)) return TooLong;
        bool hasTimestamp = false;
        int column = 0;
        while (true)
        {
            if (!TryTakeField(ref line, out ReadOnlySpan<byte> field, out bool isLast)) return ExpectedQuote;
            if (column == _columns.Count) return ExpectedColumns;
            (Role role, byte[] name) = _columns[column++];
            string? expected = Take(role, name, field, point, ref hasTimestamp);
            if (expected is not null) return expected;
            if (isLast) break;
        }
        if (column < _columns.Count) return ExpectedColumns;
        if (!hasTimestamp) point.Timestamp = Now;
        return point.HasSeries ? null : "expected a series";
    }

    private const string ExpectedQuote = "expected a quote at the end of the quoted field, and then a comma";

    private string ExpectedColumns => $"expected {_columns.Count} columns";

    private string ReadHeader(ReadOnlySpan<byte> line)
    {
        List<(Role Role, byte[] Name)> columns = [];
        bool isLast = false;
        while (!isLast)
        {
            if (!TryTakeField(ref line, out ReadOnlySpan<byte> field, out isLast)) return ExpectedQuote;
            Role role = Encoding.UTF8.GetString(field) switch
            {
                "series" => Role.Series,
                "timestamp" => Role.Timestamp,
                "value" => Role.Value,
                "tags" => Role.Tags,
                _ => Role.Tag,
            };
            columns.Add((role, field.ToArray()));
        }
        if (!columns.Exists(static one => one.Role == Role.Value))
            return "expected a header that names the columns series, timestamp, value and any tags";
        if (_series is null && !columns.Exists(static one => one.Role == Role.Series))
            return "expected a column series, or --series";
        _columns.AddRange(columns);
        return "";
    }

    private string? Take(Role role, byte[] name, ReadOnlySpan<byte> field, PointBuilder point, ref bool hasTimestamp)
    {
        switch (role)
        {
            case Role.Series:
                return point.TrySetSeries(field) ? null : TooLong;
            case Role.Timestamp:
                hasTimestamp = !field.IsEmpty;
                if (field.IsEmpty) return null;
                if (!TryTimestamp(field, out long timestamp)) return ExpectedTimestamp;
                point.Timestamp = timestamp;
                return null;
            case Role.Value:
                if (!TryValue(field, out double value)) return ExpectedValue;
                point.Value = value;
                return null;
            case Role.Tags:
                foreach (Range part in field.Split((byte)';'))
                    if (!field[part].IsEmpty && !point.TryAddTag(default, field[part])) return TooLong;
                return null;
            default:
                return field.IsEmpty || point.TryAddTag(name, field) ? null : TooLong;
        }
    }

    /// <summary>Takes the field up to the next comma; a quoted one without its quotes. False when a quote does not end.
    /// </summary>
    private bool TryTakeField(ref ReadOnlySpan<byte> line, out ReadOnlySpan<byte> field, out bool isLast)
    {
        if (line.IsEmpty || line[0] != '"')
        {
            int comma = line.IndexOf((byte)',');
            isLast = comma < 0;
            field = isLast ? line : line[..comma];
            line = isLast ? default : line[(comma + 1)..];
            return true;
        }
        if (_unquoted.Length < line.Length) _unquoted = new byte[line.Length];
        int length = 0, at = 1;
        while (true)
        {
            int quote = line[at..].IndexOf((byte)'"');
            if (quote < 0)
            {
                field = default;
                isLast = true;
                return false;
            }
            line.Slice(at, quote).CopyTo(_unquoted.AsSpan(length));
            length += quote;
            at += quote + 1;
            if (at == line.Length || line[at] != '"') break;
            _unquoted[length++] = (byte)'"'; // a doubled quote is one
            at++;
        }
        field = _unquoted.AsSpan(0, length);
        isLast = at == line.Length;
        if (!isLast && line[at] != ',') return false;
        line = isLast ? default : line[(at + 1)..];
        return true;
    }
}
