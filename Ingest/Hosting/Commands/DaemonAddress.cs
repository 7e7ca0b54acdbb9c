using System;
using System.CommandLine;
using System.Net;
using Slungd.Ingest.Hosting.Options;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>Where a client command finds the daemon: by the option, variable or slungd.json that told the daemon where
/// to listen.</summary>
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
    /// <param name="given">What the command line says; null for the other sources or the default.</param>
    /// <param name="address">Where to connect to.</param>
    public static bool TryFind(string name, string? given, out IPEndPoint? address)
    {
        OptionValue value = OptionReader.Find(name, given) ?? new OptionValue([OptionTable.Find(name)!.Default!], name);
        string? expected = ListenAddress.TryParse(value.Texts[0], out address);
        if (expected is not null)
        {
            Console.Error.WriteLine("slungd: " + OptionChecks.Mistake(value.Where, expected, value.Texts[0]));
            return false;
        }
        // A daemon that listens everywhere listens here.
        if (address!.Address.Equals(IPAddress.Any)) address.Address = IPAddress.Loopback;
        if (address.Address.Equals(IPAddress.IPv6Any)) address.Address = IPAddress.IPv6Loopback;
        return true;
    }

    /// <summary>The same for the HTTP door, which may be told not to be there.</summary>
    public static bool TryFindHttp(string? given, out IPEndPoint? address)
    {
        if (OptionReader.Find("http", given)?.Texts[0] != "off") return TryFind("http", given, out address);
        Console.Error.WriteLine("slungd: the daemon is told to have no HTTP door (--http off)");
        address = null;
        return false;
    }
}
