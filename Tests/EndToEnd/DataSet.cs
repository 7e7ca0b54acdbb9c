using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Slungd.Tests.Tidy;

namespace Slungd.Tests.EndToEnd;

/// <summary>Points whose aggregates the tests reckon by themselves.</summary>
internal static class DataSet
{
    /// <summary>The folder of real columns beside the tree, one value a line; null where there is none.</summary>
    public static string? ColumnsFolder { get; } =
        Path.Combine(Repository.Root, "..", "shared", "data", "columns") is var folder &&
            Directory.Exists(folder) ? folder : null;

    /// <summary>Every file a series, its values a second apart with a little jitter that repeats.</summary>
    public static List<Point> RealColumns()
    {
        var points = new List<Point>();
        foreach (string file in Directory.GetFiles(ColumnsFolder!, "*.csv").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileNameWithoutExtension(file);
            string[] tags = [$"file={name}", $"kind={name.Split('_')[0]}"];
            long timestamp = 1_700_000_000_000_000;
            foreach (string line in File.ReadLines(file))
            {
                if (!double.TryParse(line, NumberStyles.Float, CultureInfo.InvariantCulture,
                    out double value)) continue;
                timestamp += 1_000_000 + timestamp % 1_009;
                points.Add(new Point("column", tags, timestamp, value));
            }
        }
        return points;
    }

    /// <summary>Hosts that report several measurements every ten seconds, some of them late, some twice.</summary>
    public static List<Point> Hosts(int hosts, int reports)
    {
        var random = new Random(42);
        var points = new List<Point>();
        for (int report = 0; report < reports; report++)
        {
            for (int host = 0; host < hosts; host++)
            {
                string[] tags = [$"host=h-{host}", $"rack=r{host % 3}", host % 2 == 0 ? "env=prod" : "env=test"];
                long timestamp = 1_700_000_000_000_000 + report * 10_000_000L + host * 1_000;
                if (random.Next(20) == 0) timestamp -= random.Next(100) * 10_000_000L; // late, or over an older point
                points.Add(new Point("cpu.total", tags, timestamp, Math.Round(random.NextDouble() * 100, 2)));
                points.Add(new Point("disk.free", tags, timestamp, random.Next(1 << 30)));
                points.Add(new Point("load", tags, timestamp, (random.NextDouble() - 0.5) * 1e6));
            }
        }
        return points;
    }
}
