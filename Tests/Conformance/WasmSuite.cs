using System;
using System.Collections.Generic;
using System.Formats.Tar;
using System.IO;
using System.IO.Compression;
using System.Linq;
using Slungd.Tests.Tidy;

namespace Slungd.Tests.Conformance;

/// <summary>The official suite's folders: of WASM_TESTDATA when that is set, else of the archives beside the
/// repository. A folder is its files by name; NAME/NAME.json lists what to do with the others.</summary>
internal static class WasmSuite
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("WASM_TESTDATA") is { Length: > 0 } set
        ? set : null;

    private static readonly string Archives = Path.Combine(Repository.Root, "..", "shared", "conformance", "wasm");

    private static readonly Dictionary<string, Lazy<Dictionary<string, Dictionary<string, byte[]>>>> Loaded =
        new[] { "core", "simd" }.ToDictionary(static n => n, static n =>
            new Lazy<Dictionary<string, Dictionary<string, byte[]>>>(() => Unpack(n)));

    /// <summary>Why there is nothing to run, or null.</summary>
    public static string? Missing =>
        Folder is null && !File.Exists(Path.Combine(Archives, "core.tar.gz"))
            ? "no ../shared/conformance/wasm beside the tree, and WASM_TESTDATA is not set" : null;

    /// <summary>Archive (or `folder`) and name of every folder; none with a folder that <see cref="Complaint"/> is
    /// about.</summary>
    public static IEnumerable<(string Archive, string Name)> Names =>
        Missing is not null ? []
        : Folder is not null ? NamesIn(Folder).Select(static name => ("folder", name))
        : Loaded.SelectMany(static a => a.Value.Value.Keys.Order().Select(n => (a.Key, n)));

    /// <summary>What was expected where WASM_TESTDATA points to; null when it is there, or nothing is set.</summary>
    public static string? WrongFolder => Folder is null ? null : Complaint(Folder);

    /// <summary>What was expected in a folder; null when it is there.</summary>
    public static string? Complaint(string folder) => NamesIn(folder).Any() ? null
        : $"WASM_TESTDATA={folder}: expected a folder with folders as wast2json makes them, NAME/NAME.json with "
            + "the modules that it names beside it; "
            + (Directory.Exists(folder) ? "it has none" : "there is no such folder");

    public static IReadOnlyDictionary<string, byte[]> Read(string archive, string name) =>
        archive != "folder" ? Loaded[archive].Value[name]
        : Directory.EnumerateFiles(Path.Combine(Folder!, name)).Where(static f => !f.EndsWith(".wat"))
            .ToDictionary(static f => Path.GetFileName(f), File.ReadAllBytes);

    private static IEnumerable<string> NamesIn(string folder) => !Directory.Exists(folder) ? []
        : Directory.EnumerateDirectories(folder).Select(static d => Path.GetFileName(d)).Order()
            .Where(name => File.Exists(Path.Combine(folder, name, name + ".json")));

    private static Dictionary<string, Dictionary<string, byte[]>> Unpack(string archive)
    {
        Dictionary<string, Dictionary<string, byte[]>> folders = [];
        string path = Path.Combine(Archives, archive + ".tar.gz");
        if (!File.Exists(path)) return folders;
        using GZipStream plain = new(File.OpenRead(path), CompressionMode.Decompress);
        using TarReader reader = new(plain);
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry.EntryType is TarEntryType.Directory || entry.Name.Split('/') is not [.., var folder, var file])
                continue;
            byte[] bytes = new byte[entry.Length]; // an empty file has no stream
            entry.DataStream?.ReadExactly(bytes);
            if (!folders.TryGetValue(folder, out Dictionary<string, byte[]>? files)) folders[folder] = files = [];
            files[file] = bytes;
        }
        return folders;
    }
}
