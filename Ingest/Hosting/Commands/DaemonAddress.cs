using System;
using System.CommandLine;
using System.Net;
using Slungd.Ingest.Hosting.Options;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>Where a client command finds the daemon: at its --listen value, or SLUNGD_LISTEN, or the default.</summary>
internal static class DaemonAddress
{
    private static OptionSpec Spec => OptionTable.Find("listen")!;

    public static Option<string> ListenOption() => new(Spec.CommandLineName)
    {
        Description = $"The daemon's WebSocket door [{Spec.EnvironmentName}, default {Spec.Default}]",
        HelpName = "ADDRESS",
    };

    /// <summary>False, with a message on standard error, when the text is no address.</summary>
    public static bool TryFind(string? given, out IPEndPoint? address)
    {
        string? variable = Environment.GetEnvironmentVariable(Spec.EnvironmentName);
        string text = given ?? (string.IsNullOrEmpty(variable) ? Spec.Default! : variable);
        string? expected = ListenAddress.TryParse(text, out address);
        if (expected is not null)
        {
            Console.Error.WriteLine($"slungd: {Spec.CommandLineName}: expected {expected}, got \"{text}\"");
            return false;
        }
        // A daemon that listens everywhere listens here.
        if (address!.Address.Equals(IPAddress.Any)) address.Address = IPAddress.Loopback;
        if (address.Address.Equals(IPAddress.IPv6Any)) address.Address = IPAddress.IPv6Loopback;
        return true;
    }
}
