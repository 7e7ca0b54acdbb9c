using System;
using System.CommandLine;
using System.IO;
using System.Net;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Ingest.Hosting.Commands;
using Slungd.Ingest.Net;
using Slungd.Native.Os;

namespace Slungd.Ingest.Hosting.Loads;

/// <summary>`slungd bench`: sends made-up points as fast as the daemon takes them, and tells the rate.</summary>
internal static class BenchCommand
{
    private const int WasmRounds = 7;

    public static Command Create()
    {
        Option<string> listen = DaemonAddress.ListenOption();
        Option<string> protocol = CheckedOption.Choice("--protocol", "PROTOCOL",
            "rows, columns, regular (columns with start and step) or original.",
            "rows", "columns", "regular", "original");
        protocol.DefaultValueFactory = static _ => "columns";
        Option<long> series = CheckedOption.Number("--series", "Series over all connections.", 1_000, 1_000_000);
        Option<long> points = CheckedOption.Number("--points", "Points over all connections.", 10_000_000);
        Option<long> connections =
            CheckedOption.Number("--connections", "Connections, each with series of its own.", 1, 1_000);
        Option<long> batch =
            CheckedOption.Number("--batch", "Points of a block of columns, or of a message of rows.", 1_000, 100_000);
        Option<bool> json = new("--json") { Description = "Print the result as JSON." };
        Option<bool> billion = new("--billion")
        {
            Description = "No daemon: a store in this process takes 1,000,000,000 points in 10 series, or --points.",
        };
        Option<string> data =
            CheckedOption.Path("--data", "With --billion: where its data stays; without, it is removed.", "DIR");
        Option<bool> wasm = new("--wasm")
        {
            Description = "No daemon: how fast the WebAssembly engine runs loops, recursion and calls of the host.",
        };
        Command command = new("bench", "Measure how fast a running daemon takes points.")
        {
            listen, protocol, series, points, connections, batch, json, billion, data, wasm,
        };
        Option[] daemonOnly = [listen, protocol, series, connections, batch];
        command.SetAction(result =>
        {
            string? mistake =
                result.GetValue(wasm) ? Misplaced(result, "--wasm", [.. daemonOnly, points, billion, data])
                : result.GetValue(billion) ? Misplaced(result, "--billion", daemonOnly)
                : result.GetResult(data) is not null ? "--data goes with --billion" : null;
            if (mistake is not null) return Wrong(mistake);
            if (result.GetValue(wasm)) return RunWasm(result.GetValue(json));
            if (result.GetValue(billion))
            {
                BillionOptions wanted = new() { DataDirectory = result.GetValue(data) };
                if (result.GetResult(points) is { Implicit: false })
                    wanted = wanted with { Points = result.GetValue(points) };
                return Run(wanted, result.GetValue(json));
            }
            if (!DaemonAddress.TryFind("listen", result.GetValue(listen), out IPEndPoint? address))
                return ExitCode.WrongUsage;
            LoadOptions options = new()
            {
                Address = address!, Protocol = Named(result.GetValue(protocol)!), Series = (int)result.GetValue(series),
                Points = result.GetValue(points), Connections = (int)result.GetValue(connections),
                Batch = (int)result.GetValue(batch), Start = Precision.Microseconds.Now(TimeProvider.System),
            };
            return Run(options, result.GetValue(json));
        });
        return command;
    }

    private static int Run(BillionOptions options, bool json)
    {
        try
        {
            BillionReport report = new Billion(options).Run();
            Console.Out.WriteLine(json ? report.ToJson() : report.ToText().TrimEnd());
            return ExitCode.Done;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DiskException
            or StoreOpenException)
        {
            Console.Error.WriteLine($"slungd: {e.Message}");
            return ExitCode.Failed;
        }
    }

    private static int RunWasm(bool json)
    {
        WasmReport report = WasmSpeed.Run(WasmRounds, 1);
        Console.Out.WriteLine(json ? report.ToJson() : report.ToText().TrimEnd());
        return ExitCode.Done;
    }

    private static int Run(LoadOptions options, bool json)
    {
        if (options.Series < options.Connections)
            return Wrong($"--series: expected at least one per connection, got {options.Series}");
        try
        {
            LoadReport report = Load.Run(options);
            Console.Out.WriteLine(json ? report.ToJson() : report.ToText().TrimEnd());
            return report.Refused == 0 ? ExitCode.Done : ExitCode.Failed;
        }
        catch (IOException e)
        {
            Console.Error.WriteLine($"slungd: {e.Message}");
            return ExitCode.Failed;
        }
    }

    /// <summary>An option that was given and would be passed over.</summary>
    private static string? Misplaced(ParseResult result, string mode, Option[] without)
    {
        foreach (Option option in without)
            if (result.GetResult(option) is { Implicit: false }) return $"{option.Name} does not go with {mode}";
        return null;
    }

    private static int Wrong(string mistake)
    {
        Console.Error.WriteLine($"slungd: {mistake}");
        return ExitCode.WrongUsage;
    }

    private static LoadProtocol Named(string text) => text switch
    {
        "rows" => LoadProtocol.Rows,
        "columns" => LoadProtocol.Columns,
        "regular" => LoadProtocol.Regular,
        _ => LoadProtocol.Original,
    };
}
