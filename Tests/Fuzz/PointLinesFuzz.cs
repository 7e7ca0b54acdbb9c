using System;
using System.IO;
using System.Text.Json;
using Slungd.Engine.Model;
using Slungd.Ingest.Hosting.Sending;

namespace Slungd.Tests.Fuzz;

/// <summary>What `slungd send` reads: no input makes it throw; each line is a point, explained, or passed over; an
/// event is as long as it says; what System.Text.Json takes for no JSON is no JSON point.</summary>
internal static class PointLinesFuzz
{
    public static readonly byte[][] Seeds =
    [
        """
        {"series":"temp","tags":["site=eu","b"],"timestamp":17,"value":21.5}
        {"value":-0.5e3,"timestamp":"2023-11-14T22:13:20.5Z","tags":{"site":"eu"},"series":"a\u00e4\"b"}
        """u8.ToArray(),
        "series,timestamp,value,host,tags\ncpu,17,0.5,a,x;y\n\"c,\"\"pu\",,true,,\n"u8.ToArray(),
        "\uFEFFvalue,series\r\n1,a\r\n\r\n-inf,b"u8.ToArray(),
    ];

    public static void Run(ReadOnlySpan<byte> input)
    {
        byte[] bytes = input.ToArray();
        Read(bytes, new JsonLines(Precision.Nanoseconds, TimeProvider.System), isJson: true);
        Read(bytes, new CsvLines(null, Precision.Microseconds, TimeProvider.System), isJson: false);
        Read(bytes, new CsvLines("named", Precision.Seconds, TimeProvider.System), isJson: false);
    }

    private static void Read(byte[] bytes, PointFormat format, bool isJson)
    {
        LineReader lines = new(new MemoryStream(bytes), static () => { });
        PointBuilder point = new();
        byte[] written = new byte[256];
        while (lines.TryRead(out ReadOnlySpan<byte> line, out _))
        {
            point.Clear();
            if (format.Read(line, point) is not null) continue;
            if (isJson && !IsJson(line)) throw new InvalidDataException("a point from what is no JSON");
            if (!point.HasSeries) throw new InvalidDataException("a point without a series");
            if (written.Length < point.Length) written = new byte[point.Length];
            point.WriteTo(written);
            if (PointBuilder.LengthOf(written) != point.Length) throw new InvalidDataException("another length");
        }
    }

    private static bool IsJson(ReadOnlySpan<byte> line)
    {
        try
        {
            Utf8JsonReader reader = new(line);
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
