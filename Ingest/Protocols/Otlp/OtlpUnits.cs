using System;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>UCUM's units in Prometheus' words. Case matters: `m` is a meter, `M` nothing known.</summary>
internal static class OtlpUnits
{
    private static readonly (byte[] Unit, byte[] Name)[] s_units =
    [
        ([.. "s"u8], [.. "seconds"u8]), ([.. "ms"u8], [.. "milliseconds"u8]), ([.. "By"u8], [.. "bytes"u8]),
        ([.. "d"u8], [.. "days"u8]), ([.. "h"u8], [.. "hours"u8]), ([.. "min"u8], [.. "minutes"u8]),
        ([.. "us"u8], [.. "microseconds"u8]), ([.. "ns"u8], [.. "nanoseconds"u8]),
        ([.. "KiBy"u8], [.. "kibibytes"u8]), ([.. "MiBy"u8], [.. "mebibytes"u8]),
        ([.. "GiBy"u8], [.. "gibibytes"u8]), ([.. "TiBy"u8], [.. "tibibytes"u8]),
        ([.. "KBy"u8], [.. "kilobytes"u8]), ([.. "MBy"u8], [.. "megabytes"u8]),
        ([.. "GBy"u8], [.. "gigabytes"u8]), ([.. "TBy"u8], [.. "terabytes"u8]),
        ([.. "m"u8], [.. "meters"u8]), ([.. "V"u8], [.. "volts"u8]), ([.. "A"u8], [.. "amperes"u8]),
        ([.. "J"u8], [.. "joules"u8]), ([.. "W"u8], [.. "watts"u8]), ([.. "g"u8], [.. "grams"u8]),
        ([.. "Cel"u8], [.. "celsius"u8]), ([.. "Hz"u8], [.. "hertz"u8]), ([.. "1"u8], []),
        ([.. "%"u8], [.. "percent"u8]),
    ];

    private static readonly (byte[] Unit, byte[] Name)[] s_per =
    [
        ([.. "s"u8], [.. "second"u8]), ([.. "m"u8], [.. "minute"u8]), ([.. "h"u8], [.. "hour"u8]),
        ([.. "d"u8], [.. "day"u8]), ([.. "w"u8], [.. "week"u8]), ([.. "mo"u8], [.. "month"u8]),
        ([.. "y"u8], [.. "year"u8]),
    ];

    /// <summary>Of what is counted; the unit itself where it has no other name.</summary>
    public static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> unit) => Find(s_units, unit);

    /// <summary>Behind `per`, in the singular.</summary>
    public static ReadOnlySpan<byte> PerNameOf(ReadOnlySpan<byte> unit) => Find(s_per, unit);

    private static ReadOnlySpan<byte> Find((byte[] Unit, byte[] Name)[] table, ReadOnlySpan<byte> unit)
    {
        foreach ((byte[] known, byte[] name) in table)
            if (unit.SequenceEqual(known)) return name;
        return unit;
    }
}
