using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;

namespace Slungd.Tests.Ingest.Protocols;

/// <summary>Writes down metadata and exemplars, and knows the metadata said last.</summary>
internal sealed class NotesText : IMetricNotes
{
    private string _series = "";
    private string _exemplar = "";

    public List<string> Lines { get; } = [];

    /// <summary>How often the labels of exemplars' series came.</summary>
    public int SeriesCount { get; private set; }

    /// <summary>The last line of each family.</summary>
    public SortedDictionary<string, string> Families { get; } = new(StringComparer.Ordinal);

    public long Version { get; private set; }

    public void Metadata(ReadOnlySpan<byte> family, MetricType type, ReadOnlySpan<byte> help,
        ReadOnlySpan<byte> unit)
    {
        Lines.Add($"{Text(family)} {type.ToText()} help={Text(help)} unit={Text(unit)}");
        if (Families.GetValueOrDefault(Text(family)) != Lines[^1]) Version++;
        Families[Text(family)] = Lines[^1];
    }

    public void Type(ReadOnlySpan<byte> family, MetricType type) => Lines.Add($"{Text(family)} type {type.ToText()}");

    public void Help(ReadOnlySpan<byte> family, ReadOnlySpan<byte> help) =>
        Lines.Add($"{Text(family)} help {Text(help)}");

    public void Unit(ReadOnlySpan<byte> family, ReadOnlySpan<byte> unit) =>
        Lines.Add($"{Text(family)} unit {Text(unit)}");

    public void BeginExemplars() => (_series, SeriesCount) = ("", SeriesCount + 1);

    public void SeriesLabel(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        _series += $" {Text(name)}={Text(value)}";

    public void BeginExemplar(long timestamp, double value) =>
        _exemplar = string.Create(CultureInfo.InvariantCulture, $"{timestamp} {value} of{_series}");

    public void ExemplarLabel(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        _exemplar += $" with {Text(name)}={Text(value)}";

    public void EndExemplar() => Lines.Add(_exemplar);

    private static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);
}
