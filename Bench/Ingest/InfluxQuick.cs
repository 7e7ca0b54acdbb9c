using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Influx;
using Slungd.Native.Memory;

namespace Slungd.Bench.Ingest;

/// <summary>`--quick influx`: line protocol in memory, ten fields a line, into a sink that counts, beside C that only
/// skips keys and reads numbers.</summary>
internal static class InfluxQuick
{
    private const int Fields = 10;
    private const int Hosts = 100;

    public static void Run(int points, int rounds)
    {
        using LineReference? reference = LineReference.TryCreate();
        int lines = Math.Max(1, points / Fields);
        byte[] inOrder = Lines(lines, isShuffled: false, digits: 2);
        byte[] shuffled = Lines(lines, isShuffled: true, digits: 2);
        byte[] longNumbers = Lines(lines, isShuffled: false, digits: 14);
        Console.WriteLine($"{inOrder.Length / (double)lines:F0} bytes a line of {Fields} points");
        using var caches = new LineCache(new ByteBudget(1 << 24), seed: 1);
        using var nothing = new LineCache(new ByteBudget(0), seed: 1);
        var known = new LineProtocolDecoder(new CountingSink(), caches, isTextKept: true);
        var forgetful = new LineProtocolDecoder(new CountingSink(), nothing, isTextKept: true);
        var ways = new List<(string Name, Func<double> Run)>();
        if (reference is not null) ways.Add(("C: delimiters and numbers", () => reference.Read(inOrder)));
        ways.Add(("lines in one order", () => Decode(known, inOrder)));
        ways.Add(("lines in any order", () => Decode(known, shuffled)));
        if (reference is not null) ways.Add(("C, 16 digits", () => reference.Read(longNumbers)));
        ways.Add(("in one order, 16 digits", () => Decode(known, longNumbers)));
        ways.Add(("nothing remembered", () => Decode(forgetful, inOrder)));
        QuickTable.Run(ways, lines * Fields, rounds);
    }

    private static double Decode(LineProtocolDecoder decoder, byte[] lines)
    {
        LineTimes.TryParse("ns", Precision.Microseconds, out LineTimes times);
        decoder.Decode(lines, times, now: 0);
        return decoder.Rows.Count;
    }

    private static byte[] Lines(int count, bool isShuffled, int digits)
    {
        var random = new Random(1);
        var text = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            int host = isShuffled ? random.Next(Hosts) : i % Hosts;
            text.Append(CultureInfo.InvariantCulture, $"cpu,host=host_{host},region=eu-west-1,datacenter=eu-west-1b ");
            for (int f = 0; f < Fields; f++)
            {
                string value = (random.NextDouble() * 100).ToString("F" + digits, CultureInfo.InvariantCulture);
                text.Append(CultureInfo.InvariantCulture, $"{(f > 0 ? "," : "")}usage_field{f}={value}");
            }
            text.Append(CultureInfo.InvariantCulture, $" {1_700_000_000_000_000_000 + i / Hosts * 10_000_000_000L}\n");
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
