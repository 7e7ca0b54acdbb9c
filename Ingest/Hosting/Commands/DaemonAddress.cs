using System;
using System.CommandLine;
using System.Net;
using Slungd.Ingest.Hosting.Options;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>Where a client command finds the daemon: by the options and variables that told the daemon where to listen.
/// </summary>
internal static class DaemonAddress
{
    public static Option<string> ListenOption()
    {
        OptionSpec spec = OptionTable.Find("listen")!;
        return new Option<string>(spec.CommandLineName)
        {
            Description = $"The daemon's WebSocket door [{spec.EnvironmentName}, default {spec.Default}]",
            HelpName = "ADDRESS",
        };
    }

    /// <summary>False, with a message on standard error, when the text is no address.</summary>
    /// <param name="name">`listen` or `http`.</param>
    /// <param name="given">What the command line says; null for the variable or the default.</param>
    /// <param name="address">Where to connect to.</param>
    public static bool TryFind(string name, string? given, out IPEndPoint? address)
    {
        OptionSpec spec = OptionTable.Find(name)!;
        string? variable = Environment.GetEnvironmentVariable(spec.EnvironmentName);
        string text = given ?? (string.IsNullOrEmpty(variable) ? spec.Default! : variable);
        string? expected = ListenAddress.TryParse(text, out address);
        if (expected is not null)
        {
            Console.Error.WriteLine($"slungd: {spec.CommandLineName}: expected {expected}, got \"{text}\"");
            return false;
        }
        // A daemon that listens everywhere listens here.
        if (address!.Address.Equals(IPAddress.Any)) address.Address = IPAddress.Loopback;
        if (address.Address.Equals(IPAddress.IPv6Any)) address.Address = IPAddress.IPv6Loopback;
        return true;
    }
}
