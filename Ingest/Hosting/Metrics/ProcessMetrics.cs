using System;
using System.Globalization;
using System.IO;
using Slungd.Native.Simd;

namespace Slungd.Ingest.Hosting.Metrics;

/// <summary>What the operating system and the runtime know about this process, under the names that every dashboard
/// expects.</summary>
internal sealed class ProcessMetrics(TimeProvider clock)
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
        text.Gauge("process_resident_memory_bytes", "Resident memory.", Environment.WorkingSet);
        if (OperatingSystem.IsLinux()) WriteFiles(text);
        WriteHeap(text);
    }

    private static void WriteFiles(PrometheusText text)
    {
        int open = 0;
        foreach (string _ in Directory.EnumerateFileSystemEntries("/proc/self/fd")) open++;
        text.Gauge("process_open_fds", "Open file descriptors.", open);
        text.Gauge("process_max_fds", "Limit of open file descriptors.", MaxFiles());
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

    /// <summary>`Max open files    1024    1048576    files`: the soft limit.</summary>
    private static double MaxFiles()
    {
        foreach (string line in File.ReadLines("/proc/self/limits"))
        {
            if (!line.StartsWith("Max open files", StringComparison.Ordinal)) continue;
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            bool isNumber = double.TryParse(words[3], CultureInfo.InvariantCulture, out double limit);
            return isNumber ? limit : double.PositiveInfinity; // "unlimited"
        }
        return double.NaN;
    }
}
