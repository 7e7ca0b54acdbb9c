using System;
using System.Globalization;

namespace Slungd.Engine.Segments;

/// <summary>A segment's name on disk: `_{level}_{16 hex digits}`, with the endings .dat and .idx.</summary>
/// <param name="Level">0 flushed, 1 and 2 compacted.</param>
/// <param name="Number">Never used twice in one data directory.</param>
internal readonly record struct SegmentName(int Level, ulong Number)
{
    public const int MaxLevel = 2;

    /// <summary>The ending while a file is being written; files with it are leftovers of a crash.</summary>
    public const string Temporary = ".tmp";

    public string Dat => this + ".dat";

    public string Idx => this + ".idx";

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"_{Level}_{Number:x16}");

    /// <summary>Reads a file name; false when it is no segment's.</summary>
    public static bool TryParse(string file, out SegmentName name, out bool isIndex)
    {
        name = default;
        isIndex = file.EndsWith(".idx", StringComparison.Ordinal);
        if (!isIndex && !file.EndsWith(".dat", StringComparison.Ordinal)) return false;
        if (file.Length != 23 || file[0] != '_' || file[2] != '_') return false;
        int level = file[1] - '0';
        if (level is < 0 or > MaxLevel) return false;
        if (!ulong.TryParse(file.AsSpan(3, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
            out ulong number))
        {
            return false;
        }
        name = new SegmentName(level, number);
        return name + file[19..] == file; // upper-case digits are somebody else's file
    }
}
