using System;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>A file system of its own, in memory and of a few megabytes: one that can be full. Mounting needs root.
/// </summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly DataFolder _folder = new();

    private SmallDisk()
    {
    }

    /// <summary>Why there is none on this machine, or null.</summary>
    public static string? Missing { get; } = Binary.Missing ?? (
        !Environment.IsPrivilegedProcess ? "mounting a small file system needs root"
        : !Programs.Has("mount") ? "there is no mount program"
        : Try() ? null : "this container may not mount file systems");

    public string Path => _folder.Path;

    public string Data => _folder.Path + "/data";

    public static async Task<SmallDisk> Mount(int megabytes)
    {
        var disk = new SmallDisk();
        await Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", disk.Path);
        return disk;
    }

    /// <summary>Takes room away from others.</summary>
    public void Fill(string name, int megabytes)
    {
        byte[] piece = new byte[1 << 20];
        using FileStream file = File.Create(Path + "/" + name);
        for (int i = 0; i < megabytes; i++) file.Write(piece);
    }

    /// <summary>All of it; nobody may have a file open for writing.</summary>
    public Task MakeReadOnly() => Run("mount", "-o", "remount,ro", Path);

    /// <summary>A directory in it, until it is unmounted.</summary>
    public async Task MakeReadOnly(string directory)
    {
        await Run("mount", "--bind", directory, directory);
        await Run("mount", "-o", "remount,bind,ro", directory);
    }

    public Task Unmount(string directory) => Run("umount", directory);

    public async ValueTask DisposeAsync()
    {
        await Run("umount", "-l", "-R", Path);
        _folder.Dispose();
    }

    private static async Task Run(string program, params string[] arguments)
    {
        ProcessResult result = await Executable.Run(program, arguments);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {result.Error}");
    }

    private static bool Try()
    {
        using var folder = new DataFolder();
        string[] arguments = ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.Path];
        if (Executable.Run("mount", arguments).GetAwaiter().GetResult().ExitCode != 0) return false;
        return Executable.Run("umount", [folder.Path]).GetAwaiter().GetResult().ExitCode == 0;
    }
}

/// <summary>A test that needs the published executable and <see cref="SmallDisk"/>.</summary>
internal sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute() => Skip = SmallDisk.Missing;
}
