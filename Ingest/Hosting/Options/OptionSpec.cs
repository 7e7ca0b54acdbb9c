using System;

namespace Slungd.Ingest.Hosting.Options;

/// <summary>Puts one option's text into the options. Null when it fits, else what was expected.</summary>
internal delegate string? ApplyOption(ServeOptions options, ReadOnlySpan<string> values);

/// <summary>One option of `serve`: the single source of its command-line name, its environment variable, its key in
/// slungd.json, its default and its documentation.</summary>
/// <param name="Name">Without dashes: `wal-sync`.</param>
/// <param name="ValueName">What the help shows for the value; empty for a switch.</param>
/// <param name="Default">The default in the option's own syntax; null when there is none.</param>
/// <param name="Help">One line.</param>
/// <param name="Apply">Checks the text and stores it.</param>
internal sealed record OptionSpec(string Name, string ValueName, string? Default, string Help, ApplyOption Apply)
{
    /// <summary>May be given several times: commas in the environment, an array in slungd.json.</summary>
    public bool IsList { get; init; }

    public bool IsSwitch => ValueName.Length == 0;

    public string CommandLineName => "--" + Name;

    /// <summary>`wal-sync` is SLUNGD_WAL_SYNC.</summary>
    public string EnvironmentName => "SLUNGD_" + Name.Replace('-', '_').ToUpperInvariant();
}
