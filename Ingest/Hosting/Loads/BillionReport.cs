using System;
using System.Text.Json;

namespace Slungd.Ingest.Hosting.Loads;

/// <summary>What `slungd bench --billion` came to.</summary>
internal sealed record BillionReport : Report
{
    public required BillionOptions Options { get; init; }
    public required long Points { get; init; }

    /// <summary>Until the last column was taken.</summary>
    public required TimeSpan Ingest { get; init; }

    /// <summary>Until everything was in segments, and no compaction was due any more.</summary>
    public required TimeSpan Total { get; init; }

    public required TimeSpan Cpu { get; init; }

    /// <summary>Most memory that was ever resident, mapped files included; 0 where the system does not tell.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>All files, at the end.</summary>
    public required long DiskBytes { get; init; }

    public required long Segments { get; init; }
    public required long Compactions { get; init; }

    /// <summary>Points of the queries.</summary>
    public required long QueryPoints { get; init; }

    /// <summary>AVG from the pages' descriptors: the median of many.</summary>
    public required TimeSpan BySummaries { get; init; }

    /// <summary>The same when every point is looked at.</summary>
    public required TimeSpan ByScan { get; init; }

    private double PointsPerSecond => Points / Total.TotalSeconds;

    protected override void WriteLines(Action<FormattableString> line)
    {
        line($"points       {Points:N0} in {Options.Series} series, columns of {Options.Batch}");
        line($"time         {Total.TotalSeconds:F3} s until flushed and merged, taken in {Ingest.TotalSeconds:F3} s");
        line($"rate         {PointsPerSecond / 1e6:F2} M points/s");
        line($"processors   {Cpu.TotalSeconds:F3} s, {Cpu.TotalNanoseconds / Points:F1} ns a point");
        line($"memory       {PeakBytes / 1048576.0:F1} MiB resident at the peak");
        line($"disk         {(double)DiskBytes / Points:F3} bytes a point, {Segments} segments, {Compactions} merges");
        line($"AVG          last {QueryPoints:N0} points of a series: {BySummaries.TotalMicroseconds:F1} us");
        line($"             when every point is read: {ByScan.TotalMicroseconds:F1} us");
    }

    protected override void WriteMembers(Utf8JsonWriter json)
    {
        json.WriteNumber("points"u8, Points);
        json.WriteNumber("series"u8, Options.Series);
        json.WriteNumber("batch"u8, Options.Batch);
        json.WriteString("wal_sync"u8, Options.Sync.Mode.ToString().ToLowerInvariant());
        json.WriteNumber("seconds"u8, Total.TotalSeconds);
        json.WriteNumber("ingest_seconds"u8, Ingest.TotalSeconds);
        json.WriteNumber("points_per_second"u8, Math.Round(PointsPerSecond));
        json.WriteNumber("cpu_seconds"u8, Cpu.TotalSeconds);
        json.WriteNumber("peak_bytes"u8, PeakBytes);
        json.WriteNumber("disk_bytes"u8, DiskBytes);
        json.WriteNumber("disk_bytes_per_point"u8, Math.Round((double)DiskBytes / Points, 4));
        json.WriteNumber("segments"u8, Segments);
        json.WriteNumber("compactions"u8, Compactions);
        json.WriteNumber("query_points"u8, QueryPoints);
        json.WriteNumber("query_us"u8, BySummaries.TotalMicroseconds);
        json.WriteNumber("query_scan_us"u8, ByScan.TotalMicroseconds);
    }
}
