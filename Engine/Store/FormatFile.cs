using System;
using System.Globalization;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Os;

namespace Slungd.Engine.Store;

/// <summary>`FORMAT`: what a data directory is, written once at its first start.
/// <code>
/// slungd 1
/// precision us
/// crc32c 1a2b3c4d      of all bytes before this line
/// </code></summary>
internal static class FormatFile
{
    public const string Name = "FORMAT";
    public const int Version = 1;
    private const int MaxBytes = 4096;

    /// <summary>Reads the file, or writes it when the directory is new.</summary>
    /// <returns>The directory's precision.</returns>
    /// <exception cref="StoreOpenException">It is another one than wanted, or the file is not ours.</exception>
    public static Precision OpenOrCreate(IDisk disk, string directory, Precision? wanted)
    {
        string path = directory + "/" + Name;
        if (Find(disk, directory) is not { } found)
        {
            if (HasFiles(disk, directory + "/segments") || HasFiles(disk, directory + "/wal"))
            {
                throw new StoreOpenException($"{path} is missing, but there are points: without it nobody knows " +
                    "the unit of their timestamps. Bring it back from a backup.");
            }
            Precision chosen = wanted ?? Precision.Microseconds;
            Create(disk, directory, path, chosen);
            return chosen;
        }
        if (wanted is { } precision && precision != found)
        {
            throw new StoreOpenException($"{directory} holds timestamps in {found.ToText()}, but --precision says " +
                $"{precision.ToText()}: it is fixed at the first start. Leave the option out, or use another " +
                "directory.");
        }
        return found;
    }

    /// <summary>A directory's precision; null when it is new.</summary>
    /// <exception cref="StoreOpenException">The file is not ours.</exception>
    public static Precision? Find(IDisk disk, string directory)
    {
        string path = directory + "/" + Name;
        return disk.FileExists(path) ? Read(disk, path) : null;
    }

    private static bool HasFiles(IDisk disk, string directory) =>
        disk.DirectoryExists(directory) && disk.ListFiles(directory).Length > 0;

    private static void Create(IDisk disk, string directory, string path, Precision precision)
    {
        string text = $"slungd {Version}\nprecision {precision.ToText()}\n";
        uint checksum = Crc32C.Of(Encoding.ASCII.GetBytes(text));
        byte[] bytes = Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{text}crc32c {checksum:x8}\n"));
        using (IDiskFile file = disk.Create(path + ".tmp"))
        {
            file.WriteAt(0, bytes);
            file.Sync();
        }
        disk.Rename(path + ".tmp", path);
        disk.SyncDirectory(directory);
    }

    /// <summary>Reads and checks the file.</summary>
    /// <exception cref="StoreOpenException">It is not ours, damaged, or of a newer program.</exception>
    /// <exception cref="DiskException">It can't be read.</exception>
    public static Precision Read(IDisk disk, string path)
    {
        string text;
        using (IDiskFile file = disk.OpenRead(path))
        {
            byte[] bytes = new byte[Math.Min(file.Length, MaxBytes)];
            text = Encoding.ASCII.GetString(bytes, 0, file.ReadAt(0, bytes));
        }
        string[] lines = text.Split('\n');
        if (!lines[0].StartsWith("slungd ", StringComparison.Ordinal) || !int.TryParse(lines[0].AsSpan(7),
            NumberStyles.None, CultureInfo.InvariantCulture, out int version))
        {
            throw new StoreOpenException($"{path} is not the format file of a slungd data directory");
        }
        if (version > Version)
        {
            throw new StoreOpenException(
                $"{path} says format {version}; this program knows up to {Version}: use a newer one");
        }
        int end = text.LastIndexOf("crc32c ", StringComparison.Ordinal);
        uint checksum = end < 0 ? 0 : Crc32C.Of(Encoding.ASCII.GetBytes(text[..end]));
        if (end < 0 || text[end..] != string.Create(CultureInfo.InvariantCulture, $"crc32c {checksum:x8}\n"))
            throw new StoreOpenException($"{path} is damaged: its checksum does not match");
        if (lines.Length < 2 || !lines[1].StartsWith("precision ", StringComparison.Ordinal) ||
            !Precisions.TryParse(lines[1][10..], out Precision precision))
        {
            throw new StoreOpenException($"{path} is damaged: it names no precision");
        }
        return precision;
    }
}
