using System;
using System.Collections.Generic;
using Slungd.Engine.Store;
using Slungd.Native.Os;

namespace Slungd.Workflows.Supervisor;

/// <summary>Workflows on disk: `NAME.wasm`, and `NAME.json` with its configuration. A file is written beside and
/// renamed: it is there wholly or not at all, also after a power cut.</summary>
internal sealed class WorkflowFolder(IDisk disk, string directory)
{
    private const string Wasm = WorkflowFiles.Module, Json = WorkflowFiles.Config, Part = ".part";

    /// <summary>Names are 1 to 64 letters, digits, `-`, `_` and `.`, the first one none of the latter.</summary>
    public static bool IsName(string name)
    {
        if (name.Length is 0 or > 64 || name[0] == '.') return false;
        foreach (char c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')) return false;
        return true;
    }

    /// <summary>The names of what there is, good or not; hidden and other files are left alone.</summary>
    public IReadOnlyList<string> Names()
    {
        List<string> names = [];
        if (!disk.DirectoryExists(directory)) return names;
        foreach (string file in disk.ListFiles(directory))
        {
            if (file.EndsWith(Wasm, StringComparison.Ordinal) && file[0] != '.') names.Add(file[..^Wasm.Length]);
        }
        return names;
    }

    public bool Contains(string name) => disk.FileExists(Path(name, Wasm)) || disk.FileExists(Path(name, Json));

    public byte[] ReadModule(string name, int maxBytes) => Read(Path(name, Wasm), maxBytes);

    /// <summary>Null when there is none.</summary>
    public byte[]? ReadConfig(string name) =>
        disk.FileExists(Path(name, Json)) ? Read(Path(name, Json), WorkflowConfig.MaxJsonBytes) : null;

    public void WriteModule(string name, ReadOnlySpan<byte> bytes) => Write(Path(name, Wasm), bytes);

    public void WriteConfig(string name, ReadOnlySpan<byte> json) => Write(Path(name, Json), json);

    public void Delete(string name)
    {
        if (!disk.DirectoryExists(directory)) return;
        disk.Delete(Path(name, Wasm)); // first: a configuration alone starts nothing
        disk.Delete(Path(name, Json));
        disk.SyncDirectory(directory);
    }

    private string Path(string name, string ending) => $"{directory}/{name}{ending}";

    private byte[] Read(string path, int maxBytes)
    {
        using IDiskFile file = disk.OpenRead(path);
        byte[] bytes = new byte[Math.Min(file.Length, maxBytes + 1L)]; // too much is refused by who reads it
        int length = file.ReadAt(0, bytes);
        return length == bytes.Length ? bytes : bytes[..length];
    }

    private void Write(string path, ReadOnlySpan<byte> bytes)
    {
        if (!disk.DirectoryExists(directory)) disk.CreateDirectory(directory);
        using (IDiskFile file = disk.Create(path + Part))
        {
            file.WriteAt(0, bytes);
            file.Sync();
        }
        disk.Rename(path + Part, path);
        disk.SyncDirectory(directory);
    }
}
