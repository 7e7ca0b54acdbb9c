using System;
using System.Diagnostics;
using System.IO;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>A control group with a limit of memory, as a container has it, of version 1 or 2. Making one needs root.
/// </summary>
internal sealed class MemoryCgroup : IDisposable
{
    private const string Version1 = "/sys/fs/cgroup/memory", Version2 = "/sys/fs/cgroup";

    private readonly string _path;

    public MemoryCgroup(long bytes)
    {
        bool isFirst = Directory.Exists(Version1);
        _path = $"{(isFirst ? Version1 : Version2)}/slungd-test-{Guid.NewGuid():N}";
        Directory.CreateDirectory(_path);
        try { File.WriteAllText($"{_path}/{(isFirst ? "memory.limit_in_bytes" : "memory.max")}", $"{bytes}"); }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Why there are none on this machine, or null.</summary>
    public static string? Missing { get; } = Binary.Missing ?? Try();

    /// <summary>How to start a daemon in it, on free ports.</summary>
    public ProcessStartInfo Inside(DataFolder data, params string[] options)
    {
        string[] serve = [.. Daemon.WithPorts(["serve", "--data", data.Path, .. options])];
        string[] shell = ["-c", "echo $$ >\"$0\" && exec \"$@\"", _path + "/cgroup.procs", Binary.Path, .. serve];
        return Executable.StartInfo("sh", shell, null, null);
    }

    public void Dispose() => Directory.Delete(_path);

    private static string? Try()
    {
        try
        {
            new MemoryCgroup(256L << 20).Dispose();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "a control group can't be made here: " + e.Message;
        }
    }
}

/// <summary>A test that needs the published executable and <see cref="MemoryCgroup"/>.</summary>
internal sealed class CgroupFactAttribute : FactAttribute
{
    public CgroupFactAttribute() => Skip = MemoryCgroup.Missing;
}

/// <summary>As <see cref="CgroupFactAttribute"/>, with data.</summary>
internal sealed class CgroupTheoryAttribute : TheoryAttribute
{
    public CgroupTheoryAttribute() => Skip = MemoryCgroup.Missing;
}
