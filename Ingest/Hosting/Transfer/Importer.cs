using System;
using System.Globalization;
using System.IO;
using System.Net;
using System.Threading;
using Slungd.Ingest.Hosting.Commands;
using Slungd.Ingest.Hosting.Upkeep;

namespace Slungd.Ingest.Hosting.Transfer;

/// <summary>Sends files to `POST /api/v1/import`, in pieces of whole lines. Lines that are refused are told and the
/// rest goes on; a daemon that is full is asked again for a while.</summary>
/// <param name="address">The daemon's HTTP door.</param>
/// <param name="clock">For the patience.</param>
internal sealed class Importer(IPEndPoint address, TimeProvider clock)
{
    private const int PieceBytes = 4 << 20;

    /// <summary>Well below what a daemon takes in one body.</summary>
    private const int MaxLineBytes = 32 << 20;

    private const string Target = "/api/v1/import", ContentType = "application/stream+json";

    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    /// <summary>For a daemon that is full: from the first time it is asked to keep a piece.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private long _sent;
    private bool _hasRefused, _hasTold;

    /// <returns>The exit code.</returns>
    public int Run(string[] files)
    {
        using ProgressLine progress = new(seconds => string.Create(CultureInfo.InvariantCulture,
            $"importing, {seconds} s: {Volatile.Read(ref _sent):N0} bytes"));
        foreach (string file in files)
        {
            string name = file == "-" ? "standard input" : file;
            LinePieces? pieces = null;
            try
            {
                using Stream stream = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
                pieces = new LinePieces(stream, PieceBytes, MaxLineBytes);
                while (pieces.TryRead(out ReadOnlySpan<byte> piece))
                {
                    if (Send(piece, progress) is { } refused)
                    {
                        _hasRefused = true;
                        progress.WriteLine($"slungd: {name}, {Place(refused, pieces.FirstLine)}");
                    }
                    _sent += piece.Length;
                }
            }
            catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                progress.WriteLine($"slungd: {e.Message}");
                if (pieces is not null)
                    progress.WriteLine($"slungd: {name}: what is from line {pieces.FirstLine} on was not kept");
                return ExitCode.Failed;
            }
        }
        return _hasRefused ? ExitCode.Failed : ExitCode.Done;
    }

    /// <summary>What the daemon refuses of it; null when it keeps everything.</summary>
    private string? Send(ReadOnlySpan<byte> piece, ProgressLine progress)
    {
        long start = clock.GetTimestamp();
        while (true)
        {
            using HttpExchange answer = HttpExchange.Send("POST", address, Target, piece, Timeout, ContentType);
            if (answer.Status == (int)HttpStatusCode.NoContent) return null;
            string error = answer.ReadError();
            if (answer.Status == (int)HttpStatusCode.BadRequest) return error;
            bool isFull = answer.Status is (int)HttpStatusCode.TooManyRequests
                or (int)HttpStatusCode.ServiceUnavailable or (int)HttpStatusCode.InsufficientStorage;
            if (!isFull || clock.GetElapsedTime(start) >= Patience) throw new IOException(error);
            if (!_hasTold) progress.WriteLine($"slungd: {address}: {error}; trying again");
            _hasTold = true;
            int seconds = int.TryParse(answer.Field("Retry-After"), null, out int told) ? Math.Clamp(told, 1, 10) : 1;
            Thread.Sleep(TimeSpan.FromSeconds(seconds));
        }
    }

    /// <summary>The daemon counts the lines of a piece.</summary>
    private static string Place(string error, long firstLine)
    {
        const string Word = "line ";
        int colon = error.IndexOf(':');
        bool isLine = error.StartsWith(Word, StringComparison.Ordinal) && colon > Word.Length;
        if (!isLine || !long.TryParse(error.AsSpan()[Word.Length..colon], null, out long line))
            return $"lines from {firstLine} on: {error}";
        return $"line {firstLine + line - 1}{error[colon..]}";
    }
}
