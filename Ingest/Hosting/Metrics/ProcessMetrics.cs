using System;
using System.Globalization;
using System.IO;
using Slungd.Native.Os;
using Slungd.Native.Simd;

namespace Slungd.Ingest.Hosting.Metrics;

/// <summary>What the operating system and the runtime know about this process, under the names that every dashboard
/// expects. What it does not tell, since there is no /proc or no descriptor to read it with, is left out.</summary>
/// <param name="clock">For the start.</param>
/// <param name="root">"/"; tests pass a directory without /proc.</param>
internal sealed class ProcessMetrics(TimeProvider clock, string root = "/")
{
    private readonly DateTimeOffset _start = clock.GetUtcNow();

    public void Write(PrometheusText text)
    {
        text.Family("slungd_build_info", "gauge", "What this executable is; always 1.");
        text.Sample(1, "version", BuildInfo.Version, "commit", BuildInfo.Commit,
            "instruction_set", BuildInfo.InstructionSet, "kernels", Kernels.Name);
        text.Gauge("process_start_time_seconds", "Start of the process since the epoch.",
            _start.ToUnixTimeMilliseconds() / 1e3);
        double cpuSeconds = Environment.CpuUsage.TotalTime.TotalSeconds;
        text.Counter("process_cpu_seconds_total", "User and system time.", cpuSeconds);
        if (Environment.WorkingSet is > 0 and long resident)
            text.Gauge("process_resident_memory_bytes", "Resident memory.", resident);
        if (OpenFiles() is { } open) text.Gauge("process_open_fds", "Open file descriptors.", open);
        if (FileLimit.Current is { } most) text.Gauge("process_max_fds", "Limit of open file descriptors.", most);
        WriteHeap(text);
    }

    private int? OpenFiles()
    {
        if (!OperatingSystem.IsLinux()) return null;
        int open = 0;
        try
        {
            foreach (string _ in Directory.EnumerateFileSystemEntries(Path.Join(root, "proc/self/fd"))) open++;
            return open;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // to list them takes a descriptor, too
        }
    }

    private static void WriteHeap(PrometheusText text)
    {
        GCMemoryInfo heap = GC.GetGCMemoryInfo();
        text.Gauge("dotnet_heap_bytes", "Managed objects, dead ones included.", GC.GetTotalMemory(false));
        text.Gauge("dotnet_heap_committed_bytes", "Memory committed for the managed heap at the last collection.",
            heap.TotalCommittedBytes);
        text.Gauge("dotnet_heap_limit_bytes", "Hard limit of the managed heap.", heap.TotalAvailableMemoryBytes);
        text.Counter("dotnet_allocated_bytes_total", "Managed memory ever allocated.", GC.GetTotalAllocatedBytes());
        text.Family("dotnet_collections_total", "counter", "Garbage collections by generation.");
        for (int i = 0; i <= GC.MaxGeneration; i++)
            text.Sample(GC.CollectionCount(i), "generation", i.ToString(CultureInfo.InvariantCulture));
        text.Counter("dotnet_gc_pause_seconds_total", "Time that garbage collections stopped all threads.",
            GC.GetTotalPauseDuration().TotalSeconds);
    }
}
