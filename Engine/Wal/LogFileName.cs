using System;
using System.Globalization;

namespace Slungd.Engine.Wal;

/// <summary>`{16 hex digits}.wal`.</summary>
internal static class LogFileName
{
    private const string Ending = ".wal";

    public static string Of(ulong number) => number.ToString("x16", CultureInfo.InvariantCulture) + Ending;

    /// <summary>False when the name is somebody else's.</summary>
    public static bool TryParse(string name, out ulong number)
    {
        number = 0;
        if (name.Length != 16 + Ending.Length) return false;
        return ulong.TryParse(name.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
            out number) && number > 0 && Of(number) == name;
    }
}
