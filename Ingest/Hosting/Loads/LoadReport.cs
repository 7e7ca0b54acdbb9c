using System;
using System.Text.Json;

namespace Slungd.Ingest.Hosting.Loads;

/// <summary>What a load came to.</summary>
internal sealed record LoadReport : Report
{
    public required LoadOptions Options { get; init; }
    public required long Sent { get; init; }
    public required long Kept { get; init; }
    public required long Refused { get; init; }
    public required long Bytes { get; init; }
    public required TimeSpan Time { get; init; }
    public required TimeSpan ClientCpu { get; init; }

    /// <summary>Ascending.</summary>
    public required TimeSpan[] Latencies { get; init; }

    public string? FirstError { get; init; }

    public double PointsPerSecond => Kept / Time.TotalSeconds;

    public double BytesPerSecond => Bytes / Time.TotalSeconds;

    /// <summary>The latency that this share of the acknowledgements did not exceed, in milliseconds.</summary>
    public double LatencyMs(double share) =>
        Latencies[(int)Math.Min(Latencies.Length * share, Latencies.Length - 1)].TotalMilliseconds;

    protected override void WriteLines(Action<FormattableString> line)
    {
        string name = Options.Protocol.ToString().ToLowerInvariant();
        line($"protocol     {name} in batches of {Options.Batch}, {Options.Connections} connections");
        line($"series       {Options.Series:N0}");
        line($"points       {Sent:N0} sent, {Kept:N0} kept, {Refused:N0} refused");
        line($"time         {Time.TotalSeconds:F3} s, of the client's processors {ClientCpu.TotalSeconds:F3} s");
        line($"rate         {PointsPerSecond / 1e6:F2} M points/s, {BytesPerSecond / 1e6:F0} MB/s");
        if (Latencies.Length > 0)
        {
            (double p50, double p90, double p99) = (LatencyMs(0.5), LatencyMs(0.9), LatencyMs(0.99));
            line($"ack latency  p50 {p50:F2} ms, p90 {p90:F2} ms, p99 {p99:F2} ms, max {LatencyMs(1):F2} ms");
        }
        if (FirstError is not null) line($"first error  {FirstError}");
    }

    protected override void WriteMembers(Utf8JsonWriter json)
    {
        json.WriteString("protocol"u8, Options.Protocol.ToString().ToLowerInvariant());
        json.WriteNumber("connections"u8, Options.Connections);
        json.WriteNumber("series"u8, Options.Series);
        json.WriteNumber("batch"u8, Options.Batch);
        json.WriteNumber("sent"u8, Sent);
        json.WriteNumber("kept"u8, Kept);
        json.WriteNumber("refused"u8, Refused);
        json.WriteNumber("bytes"u8, Bytes);
        json.WriteNumber("seconds"u8, Time.TotalSeconds);
        json.WriteNumber("client_cpu_seconds"u8, ClientCpu.TotalSeconds);
        json.WriteNumber("points_per_second"u8, Math.Round(PointsPerSecond));
        json.WriteNumber("bytes_per_second"u8, Math.Round(BytesPerSecond));
        if (Latencies.Length > 0)
        {
            json.WriteNumber("ack_p50_ms"u8, LatencyMs(0.5));
            json.WriteNumber("ack_p90_ms"u8, LatencyMs(0.9));
            json.WriteNumber("ack_p99_ms"u8, LatencyMs(0.99));
            json.WriteNumber("ack_max_ms"u8, LatencyMs(1));
        }
        if (FirstError is not null) json.WriteString("first_error"u8, FirstError);
    }
}
