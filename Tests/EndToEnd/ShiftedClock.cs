using System;
using System.Collections.Generic;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>A wall clock that a test moves while a daemon runs: a library, compiled on the spot and loaded before libc,
/// adds an offset to the time of day. The monotonic clock stays what it is, as it does when people set a clock.
/// </summary>
internal sealed class ShiftedClock : IDisposable
{
    private const string Source = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>
        static volatile long *offset; /* seconds */
        __attribute__((constructor)) static void begin(void) {
          int file = open(getenv("SHIFTED_CLOCK"), O_RDONLY);
          offset = mmap(0, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
        }
        int clock_gettime(clockid_t id, struct timespec *time) {
          int result = (int)syscall(SYS_clock_gettime, id, time);
          if (result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) time->tv_sec += *offset;
          return result;
        }
        int gettimeofday(struct timeval *time, void *zone) {
          struct timespec now;
          int result = clock_gettime(CLOCK_REALTIME, &now);
          time->tv_sec = now.tv_sec;
          time->tv_usec = now.tv_nsec / 1000;
          return result;
        }
        time_t time(time_t *to) {
          struct timespec now;
          clock_gettime(CLOCK_REALTIME, &now);
          if (to) *to = now.tv_sec;
          return now.tv_sec;
        }
        """;

    private readonly DataFolder _folder = new();
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _offset;

    private ShiftedClock()
    {
        _file = MemoryMappedFile.CreateFromFile(_folder.Path + "/offset", FileMode.CreateNew, null, 8);
        _offset = _file.CreateViewAccessor();
    }

    /// <summary>Why there is none on this machine, or null.</summary>
    public static string? Missing { get; } = Binary.Missing
        ?? (Compiler is null ? "a library that moves the clock needs a C compiler" : null);

    private static string? Compiler => Programs.Has("gcc") ? "gcc" : Programs.Has("clang") ? "clang" : null;

    /// <summary>How far the daemons' clock is ahead of this process'.</summary>
    public TimeSpan Ahead
    {
        get => TimeSpan.FromSeconds(_offset.ReadInt64(0));
        set => _offset.Write(0, (long)value.TotalSeconds);
    }

    /// <summary>What the daemons think it is.</summary>
    public DateTimeOffset Now => TimeProvider.System.GetUtcNow() + Ahead;

    private string Library => _folder.Path + "/clock.so";

    /// <summary>Compiles it.</summary>
    public static async Task<ShiftedClock> Make()
    {
        ShiftedClock clock = new();
        string source = clock._folder.Path + "/clock.c";
        File.WriteAllText(source, Source);
        ProcessResult made = await Executable.Run(Compiler!, ["-shared", "-fPIC", "-O1", "-o", clock.Library, source]);
        Assert.True(made.ExitCode == 0, made.Error);
        return clock;
    }

    /// <summary>A daemon whose clock this is, once it is ready.</summary>
    public Task<Daemon> Start(DataFolder data, params string[] options) =>
        Daemon.Start(data.Path, options, new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = Library, ["SHIFTED_CLOCK"] = _folder.Path + "/offset",
        });

    public void Dispose()
    {
        _offset.Dispose();
        _file.Dispose();
        _folder.Dispose();
    }
}

/// <summary>A test that needs the published executable and <see cref="ShiftedClock"/>.</summary>
internal sealed class ShiftedClockFactAttribute : FactAttribute
{
    public ShiftedClockFactAttribute() => Skip = ShiftedClock.Missing;
}
