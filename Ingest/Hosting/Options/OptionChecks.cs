using System;
using System.Globalization;
using System.IO;
using System.Net;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Engine.Wal;

namespace Slungd.Ingest.Hosting.Options;

/// <summary>Checks of option values that several options share. Each returns null when the text fits, else what was
/// expected.</summary>
internal static class OptionChecks
{
    private const string ExpectedDuration = "a duration such as 500ms, 10s, 15m, 1h or 30d";

    /// <summary>The message of a value that does not fit.</summary>
    /// <param name="where">The option, the variable, or the place in slungd.json.</param>
    /// <param name="expected">What a check returned.</param>
    /// <param name="got">The value.</param>
    public static string Mistake(string where, string expected, string got) =>
        $"{where}: expected {expected}, got \"{got}\"";

    public static string? Number(string text, long min, long max, out long number)
    {
        bool fits = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && number >= min && number <= max;
        return fits ? null : $"a whole number from {min}" + (max == long.MaxValue ? "" : $" to {max}");
    }

    /// <summary>What is wrong with the interval of StatsD in a store of some precision; null when nothing is.</summary>
    public static string? StatsdFlush(ServeOptions options, Precision precision)
    {
        double units = options.Statsd.FlushInterval.TotalSeconds * precision.PerSecond();
        if (options.StatsdPlaces.Count == 0 || units >= 1) return null;
        string expected = $"at least 1{precision.ToText()}, the unit of timestamps in the store (--precision)";
        return Mistake("--statsd-flush", expected, options.Texts["statsd-flush"]);
    }

    public static string? Size(string text, long min, long max, out long bytes)
    {
        if (!SizeText.TryParse(text, out bytes)) return SizeText.Expected;
        if (bytes >= min && bytes <= max) return null;
        string least = SizeText.Format(min);
        return max == long.MaxValue ? $"{SizeText.Expected}, at least {least}"
            : $"{SizeText.Expected}, from {least} to {SizeText.Format(max)}";
    }

    public static string? Duration(string text, out long nanoseconds)
    {
        bool fits = DurationText.TryParse(text, out Int128 exact, out _) && exact <= long.MaxValue;
        nanoseconds = fits ? (long)exact : 0;
        return fits ? null : ExpectedDuration;
    }

    /// <summary>Of any length.</summary>
    public static string? Duration(string text) => DurationText.TryParse(text, out _, out _) ? null : ExpectedDuration;

    public static string? DurationOrOff(string text, out TimeSpan? duration)
    {
        duration = null;
        if (text == "off") return null;
        if (Duration(text, out long nanoseconds) is { } expected) return "off, or " + expected;
        duration = TimeSpan.FromTicks(nanoseconds / 100);
        return null;
    }

    public static string? OffOr(string text, string? expected) =>
        text == "off" || expected is null ? null : "off, or " + expected;

    public static string? AddressOrOff(string text) => AddressOrOff(text, out _);

    public static string? AddressOrOff(string text, out IPEndPoint? address)
    {
        address = null;
        return text == "off" ? null : OffOr(text, ListenAddress.TryParse(text, out address));
    }

    public static string? OneOf(string text, params ReadOnlySpan<string> choices)
    {
        foreach (string choice in choices)
            if (text == choice) return null;
        return "one of " + string.Join(", ", choices);
    }

    /// <summary>`always`, `interval`, `off` or a duration (design, section 10).</summary>
    public static string? WalSync(string text, out LogSync sync)
    {
        sync = text switch
        {
            "always" => LogSync.Always,
            "off" => LogSync.Off,
            _ => LogSync.EverySecond,
        };
        if (text is "always" or "interval" or "off") return null;
        if (Duration(text, out long nanoseconds) is { } expected) return "always, interval, off, or " + expected;
        sync = LogSync.Every(TimeSpan.FromTicks(nanoseconds / 100));
        bool fits = sync.Interval >= TimeSpan.FromMilliseconds(1) && sync.Interval <= TimeSpan.FromHours(1);
        return fits ? null : "always, interval, off, or a duration from 1ms to 1h";
    }

    /// <summary>A size, or a share of the disk such as `5%`, which means at most 1 GB.</summary>
    public static string? SizeOrShare(string text, out double share, out long bytes)
    {
        (share, bytes) = (1, 0);
        if (!text.EndsWith('%'))
            return SizeText.TryParse(text, out bytes) ? null : SizeText.Expected + ", or a share such as 5%";
        bytes = 1L << 30;
        bool fits = double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out double percent) && percent <= 100;
        share = percent / 100;
        return fits ? null : "a share from 0% to 100%";
    }

    public static string? Precision(string text) => Precisions.TryParse(text, out _) ? null : "one of ns, us, ms, s";

    /// <summary>Of a file or a directory, which may be there or not.</summary>
    public static string? FilePath(string path) => path.Length == 0 ? "a path" : PathText.Expected(path);

    public static string? ReadableFile(string path) =>
        PathText.Expected(path) ?? (File.Exists(path) ? null : "a file that exists");
}
