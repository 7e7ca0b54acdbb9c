using System;
using System.Buffers.Binary;
using System.IO;
using Slungd.Engine.Model;
using Slungd.Ingest.Hosting.Sending;
using Slungd.Workflows.Supervisor;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>The points of a file, as `slungd send` reads it; they come from producer 1.</summary>
internal sealed class OfflinePoints : IPointSource, IDisposable
{
    private const int KeyStart = 16; // behind timestamp and value
    private const int MaxComplaints = 100; // a file of another kind is nothing but mistakes

    private readonly string _file;
    private readonly Precision _precision;
    private readonly TextWriter _errors;
    private readonly Stream _stream;
    private readonly LineReader _lines;
    private readonly PointBuilder _point = new();
    private readonly RefusalLog _refusals = new();
    private PointFormat? _format;
    private byte[] _event = new byte[256];
    private bool _isPeeked;

    /// <exception cref="IOException">The file can't be read.</exception>
    public OfflinePoints(string file, Precision precision, TextWriter errors)
    {
        _file = file;
        _precision = precision;
        _errors = errors;
        _stream = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
        _lines = new LineReader(_stream, static () => { });
    }

    /// <summary>Lines that are no points, and points that the store refused.</summary>
    public long Bad { get; private set; }

    public bool TryPeek(out long timestamp)
    {
        while (!_isPeeked && _lines.TryRead(out ReadOnlySpan<byte> line, out bool isTooLong))
        {
            if (line.Trim((byte)' ').IsEmpty && !isTooLong) continue;
            _format ??= line.TrimStart((byte)' ').StartsWith("{"u8) ? new JsonLines(_precision, TimeProvider.System)
                : new CsvLines(null, _precision, TimeProvider.System);
            _point.Clear();
            string? expected = isTooLong ? "expected a shorter line" : _format.Read(line, _point);
            if (expected is { Length: > 0 }) Complain(expected);
            _isPeeked = expected is null;
        }
        timestamp = _point.Timestamp;
        return _isPeeked;
    }

    public void Write(IEventSink sink)
    {
        _isPeeked = false;
        if (_event.Length < _point.Length) _event = new byte[_point.Length * 2];
        Span<byte> wire = _event.AsSpan(0, _point.Length);
        _point.WriteTo(wire);
        EventRow row = new()
        {
            Timestamp = _point.Timestamp, Family = ValueFamily.Float,
            Bits = BinaryPrimitives.ReadUInt64LittleEndian(wire[8..]),
        };
        _refusals.Clear();
        RefusalCode code = sink.State == SinkState.Ready
            ? sink.Resolve(wire[KeyStart..], ValueFamily.Float, out row.Series) : RefusalCode.Memory;
        if (code == RefusalCode.None) sink.AppendRows(1, [row], default, _refusals);
        if (_refusals.Points > 0) code = _refusals.CodeOf(0);
        if (code != RefusalCode.None) Complain($"the point is refused: {code}");
    }

    public void Dispose() => _stream.Dispose();

    private void Complain(string text)
    {
        if (++Bad == MaxComplaints + 1) _errors.WriteLine($"slungd: {_file}: there is more of that");
        if (Bad > MaxComplaints) return;
        _errors.WriteLine($"slungd: {_file}:{_lines.Line}: {text}");
    }
}
