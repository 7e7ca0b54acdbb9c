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
        Option<string> protocol = new("--protocol")
        {
            Description = "rows, columns, regular (columns with start and step) or original.",
            DefaultValueFactory = static _ => "columns", HelpName = "PROTOCOL",
        };
        protocol.AcceptOnlyFromAmong("rows", "columns", "regular", "original");
        Option<int> series = Number("--series", 1_000, "Series over all connections.");
        Option<long> points = new("--points")
        {
            Description = "Points over all connections.", HelpName = "N", DefaultValueFactory = static _ => 10_000_000,
        };
        Option<int> connections = Number("--connections", 1, "Connections, each with series of its own.");
        Option<int> batch = Number("--batch", 1_000, "Points of a block of columns, or of a message of rows.");
        Option<bool> json = new("--json") { Description = "Print the result as JSON." };
        Option<bool> billion = new("--billion")
        {
            Description = "No daemon: a store in this process takes 1,000,000,000 points in 10 series, or --points.",
        };
        Option<string> data = new("--data")
        {
            Description = "With --billion: where its data stays; without, it is removed.", HelpName = "DIR",
        };
        Option<bool> wasm = new("--wasm")
        {
            Description = "No daemon: how fast the WebAssembly engine runs loops, recursion and calls of the host.",
        };
        Command command = new("bench", "Measure how fast a running daemon takes points.")
        {
            listen, protocol, series, points, connections, batch, json, billion, data, wasm,
        };
        command.SetAction(result =>
        {
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
                Address = address!, Protocol = Named(result.GetValue(protocol)!), Series = result.GetValue(series),
                Points = result.GetValue(points), Connections = result.GetValue(connections),
                Batch = result.GetValue(batch), Start = Precision.Microseconds.Now(TimeProvider.System),
            };
            return Run(options, result.GetValue(json));
        });
        return command;
    }

    private static int Run(BillionOptions options, bool json)
    {
        if (options.Points < 1)
        {
            Console.Error.WriteLine("slungd: --points: expected at least 1");
            return ExitCode.WrongUsage;
        }
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
        if (Mistake(options) is { } mistake)
        {
            Console.Error.WriteLine($"slungd: {mistake}");
            return ExitCode.WrongUsage;
        }
        try
        {
            LoadReport report = Load.Run(options);
            Console.Out.WriteLine(json ? report.ToJson() : report.ToText().TrimEnd());
            return report.Refused == 0 ? ExitCode.Done : ExitCode.Failed;
        }
        catch (WebSocketException e)
        {
            Console.Error.WriteLine($"slungd: {e.Message}");
            return ExitCode.Failed;
        }
    }

    private static string? Mistake(LoadOptions options) =>
        options.Connections is < 1 or > 1_000 ? "--connections: expected 1 to 1000"
        : options.Series < options.Connections || options.Series > 1_000_000
            ? "--series: expected at least one per connection, and at most 1000000"
        : options.Batch is < 1 or > 100_000 ? "--batch: expected 1 to 100000"
        : options.Points < 1 ? "--points: expected at least 1"
        : null;

    private static LoadProtocol Named(string text) => text switch
    {
        "rows" => LoadProtocol.Rows,
        "columns" => LoadProtocol.Columns,
        "regular" => LoadProtocol.Regular,
        _ => LoadProtocol.Original,
    };

    private static Option<int> Number(string name, int preset, string help) =>
        new(name) { Description = help, HelpName = "N", DefaultValueFactory = _ => preset };
}
