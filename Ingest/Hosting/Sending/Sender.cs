using System;
using System.IO;
using System.Net;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Hosting.Sending;

/// <summary>One run of `slungd send`: reads lines, makes points of them, sends these in batches.</summary>
internal sealed class Sender : IDisposable
{
    private readonly SendProgress _progress = new(Console.Error, !Console.IsErrorRedirected, TimeProvider.System);
    private readonly SendSession _session;
    private PointBatch _batch;
    private long _bad;

    /// <param name="address">The daemon's WebSocket door.</param>
    /// <param name="patience">How long to wait for a daemon that went away.</param>
    public Sender(IPEndPoint address, TimeSpan patience)
    {
        _session = new SendSession(address, patience, _progress.Complain, why => _progress.Tell($"{why}; trying again"),
            TimeProvider.System);
        _batch = _session.Rent("");
    }

    /// <summary>`csv`, `json`, or null: each file's first character tells.</summary>
    public string? Format { get; init; }

    /// <summary>CSV: the series of every line.</summary>
    public string? Series { get; init; }

    public Precision Precision { get; init; }

    /// <returns>The exit code: 1 when any point is not in the store.</returns>
    public int Run(string[] files)
    {
        try
        {
            _session.Connect();
            foreach (string file in files) SendFile(file);
            _session.Finish();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _progress.Finish(_session.Kept, _session.Refused, _bad);
            Console.Error.WriteLine($"slungd: {e.Message}");
            return ExitCode.Failed;
        }
        _progress.Finish(_session.Kept, _session.Refused, _bad);
        return _session.Refused == 0 && _bad == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    public void Dispose() => _session.Dispose();

    private void SendFile(string file)
    {
        string source = file == "-" ? "stdin" : file;
        using Stream stream = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
        long size = stream.CanSeek ? Math.Max(stream.Length, 1) : 0;
        // What has gathered goes out before the input may keep us waiting.
        LineReader lines = new(stream, () => SendBatch(source));
        PointFormat? format = null;
        PointBuilder point = new();
        _batch.Clear(source);
        while (lines.TryRead(out ReadOnlySpan<byte> line, out bool isTooLong))
        {
            if (line.Trim((byte)' ').IsEmpty && !isTooLong) continue;
            format ??= FormatOf(line);
            point.Clear();
            string? expected = isTooLong ? $"expected at most {LineReader.MaxLineBytes} bytes"
                : format.Read(line, point);
            if (expected is { Length: > 0 })
            {
                _bad++;
                _progress.Complain(source, lines.Line, expected);
            }
            if (expected is not null) continue;
            _batch.Add(point, lines.Line);
            if (!_batch.IsFull) continue;
            SendBatch(source);
            _progress.Show(_session.Kept, size > 0 ? (double)lines.Position / size : null);
        }
        SendBatch(source);
    }

    private void SendBatch(string source)
    {
        if (_batch.Count == 0) return;
        _session.Send(_batch);
        _batch = _session.Rent(source);
    }

    private PointFormat FormatOf(ReadOnlySpan<byte> line)
    {
        bool json = Format is null ? line.TrimStart((byte)' ').StartsWith("{"u8) : Format == "json";
        return json ? new JsonLines(Precision, TimeProvider.System)
            : new CsvLines(Series, Precision, TimeProvider.System);
    }
}
