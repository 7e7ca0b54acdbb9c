using System;
using System.Globalization;
using System.IO;
using System.Net;
using System.Threading;
using Slungd.Ingest.Hosting.Commands;
using Slungd.Ingest.Hosting.Upkeep;

namespace Slungd.Ingest.Hosting.Transfer;

/// <summary>Sends files to `POST /api/v1/import`, in pieces of whole lines, and in smaller ones when the daemon says
/// that they are too long. Lines that are refused are told and the rest goes on; a daemon that is full is asked again
/// for a while, and one whose token may send no faster whenever it says.</summary>
/// <param name="address">The daemon's HTTP door.</param>
/// <param name="clock">For the patience.</param>
/// <param name="pause">Waits so long.</param>
internal sealed class Importer(IPEndPoint address, TimeProvider clock, Action<TimeSpan> pause)
{
    private const int PieceBytes = 4 << 20;

    /// <summary>Well below what a daemon takes in one body.</summary>
    private const int MaxLineBytes = 32 << 20;

    /// <summary>When a token's rate is nearly nothing, its daemon may say a lot.</summary>
    private const int MaxRetrySeconds = 24 * 60 * 60;

    private const string Target = "/api/v1/import", ContentType = "application/stream+json";

    private static readonly AnswerPatience Silence = new(TimeSpan.FromMinutes(2));

    /// <summary>For a daemon that is full: from the first time it is asked to keep a piece.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private long _sent;
    private long _line; // the first that was not sent yet
    private int _most = PieceBytes; // of one request, as far as lines can be cut so
    private bool _hasRefused, _hasTold;

    /// <returns>The exit code.</returns>
    public int Run(string[] files)
    {
        using ProgressLine progress = new(seconds => string.Create(CultureInfo.InvariantCulture,
            $"importing, {seconds} s: {Volatile.Read(ref _sent):N0} bytes"));
        foreach (string file in files)
        {
            string name = file == "-" ? "standard input" : file;
            _line = 0;
            try
            {
                using Stream stream = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
                LinePieces pieces = new(stream, PieceBytes, MaxLineBytes);
                _line = 1;
                while (pieces.TryRead(out ReadOnlySpan<byte> piece)) SendAll(piece, name, progress);
            }
            catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                progress.WriteLine($"slungd: {e.Message}");
                if (_line > 0) progress.WriteLine($"slungd: {name}: what is from line {_line} on was not kept");
                return ExitCode.Failed;
            }
        }
        return _hasRefused ? ExitCode.Failed : ExitCode.Done;
    }

    /// <summary>Sends whole lines, in as many requests as the daemon wants.</summary>
    private void SendAll(ReadOnlySpan<byte> piece, string name, ProgressLine progress)
    {
        while (!piece.IsEmpty)
        {
            ReadOnlySpan<byte> part = piece[..LinePieces.Cut(piece, _most)];
            bool isOneLine = part[..^1].IndexOf((byte)'\n') < 0;
            string? refused = Send(part, progress, out bool isTooLong);
            if (isTooLong && !isOneLine)
            {
                _most = part.Length / 2;
                continue;
            }
            if (refused is not null)
            {
                _hasRefused = true;
                string place = isTooLong ? $"line {_line}: {refused}" : Place(refused, _line);
                progress.WriteLine($"slungd: {name}, {place}");
            }
            _sent += part.Length;
            _line += part.Count((byte)'\n');
            piece = piece[part.Length..];
        }
    }

    /// <summary>What the daemon refuses of it; null when it keeps everything.</summary>
    private string? Send(ReadOnlySpan<byte> part, ProgressLine progress, out bool isTooLong)
    {
        long start = clock.GetTimestamp();
        TimeSpan asked = TimeSpan.Zero; // to be waited for a token's sake: that is no lack of patience
        while (true)
        {
            int status, seconds;
            string error;
            using (HttpExchange answer = HttpExchange.Send("POST", address, Target, part, Silence, ContentType))
            {
                status = answer.Status;
                isTooLong = status == (int)HttpStatusCode.RequestEntityTooLarge;
                if (status == (int)HttpStatusCode.NoContent) return null;
                error = answer.ReadError();
                if (isTooLong || status == (int)HttpStatusCode.BadRequest) return error;
                seconds = int.TryParse(answer.Field("Retry-After"), null, out int told) ? told : 1;
            }
            bool isTooFast = status == (int)HttpStatusCode.TooManyRequests;
            bool isFull = status is (int)HttpStatusCode.ServiceUnavailable or (int)HttpStatusCode.InsufficientStorage;
            if (!isTooFast && !isFull || clock.GetElapsedTime(start) - asked >= Patience) throw new IOException(error);
            TimeSpan wait = TimeSpan.FromSeconds(Math.Clamp(seconds, 1, isTooFast ? MaxRetrySeconds : 10));
            if (isTooFast) asked += wait;
            if (!_hasTold) progress.WriteLine($"slungd: {address}: {error}; trying again in {wait.TotalSeconds} s");
            _hasTold = true;
            pause(wait);
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
