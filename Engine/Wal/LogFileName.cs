using System;
using System.Globalization;

namespace Slungd.Engine.Wal;

/// <summary>`{16 hex digits}.wal`; of a file that waits to be used again `{16 hex digits}.spare`.</summary>
internal static class LogFileName
{
    private const int Digits = 16;
    private const string Ending = ".wal", SpareEnding = ".spare";

    public static string Of(ulong number) => number.ToString("x16", CultureInfo.InvariantCulture) + Ending;

    /// <summary>Of a spare file, by its former number.</summary>
    public static string SpareOf(ulong number) => number.ToString("x16", CultureInfo.InvariantCulture) + SpareEnding;

    /// <summary>False when the name is somebody else's.</summary>
    public static bool TryParse(string name, out ulong number) => TryParse(name, Ending, out number);

    /// <summary>As above for a spare file.</summary>
    public static bool TryParseSpare(string name, out ulong number) => TryParse(name, SpareEnding, out number);

    private static bool TryParse(string name, string ending, out ulong number)
    {
        number = 0;
        if (name.Length != Digits + ending.Length || !name.EndsWith(ending, StringComparison.Ordinal)) return false;
        ReadOnlySpan<char> digits = name.AsSpan(0, Digits);
        return !digits.ContainsAnyInRange('A', 'F') &&
            ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number) &&
            number is > 0 and <= long.MaxValue; // room to count on from
    }
}
