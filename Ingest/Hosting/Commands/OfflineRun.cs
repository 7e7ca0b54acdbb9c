using System;
using System.IO;
using Microsoft.Extensions.Logging.Abstractions;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Engine.Store;
using Slungd.Native.Memory;
using Slungd.Native.Os;
using Slungd.Workflows.Abi;
using Slungd.Workflows.Supervisor;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasm.Execution;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>`slungd workflow run`: a guest, a file of points, a store in memory and a virtual clock.</summary>
internal static class OfflineRun
{
    /// <param name="file">The module.</param>
    /// <param name="input">Points.</param>
    /// <param name="config">A configuration, or null.</param>
    /// <param name="unit">Of timestamps.</param>
    /// <param name="output">Gets what the guest does.</param>
    /// <param name="errors">Gets what is wrong.</param>
    /// <returns>The exit code: 1 when the guest did not end well, or a line of the input is no point.</returns>
    public static int Run(string file, string input, string? config, string unit, TextWriter output, TextWriter errors)
    {
        if (!Precisions.TryParse(unit, out Precision precision))
        {
            errors.WriteLine("slungd: --precision: expected ns, us, ms or s");
            return ExitCode.WrongUsage;
        }
        try
        {
            string? error = null;
            WorkflowConfig? settings = config is null ? new WorkflowConfig()
                : WorkflowConfig.TryParse(File.ReadAllBytes(config), out error);
            if (settings is null) return Fail(errors, $"{config}: {error}");
            ByteBudget guests = new(MemoryLimits.Detect().Guests);
            EmbeddedEngine engine = new(guests);
            using IWasmModule? module = engine.TryCompile(File.ReadAllBytes(file), out WasmError? wrong);
            error = module is null ? wrong!.ToString()
                : HostLinker.Check(module, note => errors.WriteLine($"slungd: {PlainText.Of(note)}"));
            if (error is not null) return Fail(errors, $"{file}: {error}");
            using OfflinePoints points = new(input, precision, errors);
            WasmBudget budget = new(guests) { MemoryBytes = settings.MemoryBytes };
            using IWasmStore store = engine.CreateStore(budget);
            string name = Path.GetFileNameWithoutExtension(file);
            RunOutcome outcome = RunOn(precision, points, store, module!, name, settings, output);
            if (outcome.Reason is not null) return Fail(errors, outcome.Trap?.ToString() ?? outcome.Reason);
            return points.Bad == 0 ? ExitCode.Done : ExitCode.Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StoreOpenException)
        {
            return Fail(errors, e.Message);
        }
    }

    private static RunOutcome RunOn(Precision precision, OfflinePoints points, IWasmStore guests, IWasmModule module,
        string name, WorkflowConfig config, TextWriter output)
    {
        Limits limits = new();
        VirtualClock clock = new();
        StoreOptions options = new()
        {
            ArenaBytes = MemoryLimits.Detect().Arena, Precision = precision, MinFreeDisk = FreeDiskRule.None,
        };
        using TimeSeriesStore store = new(options, new PosixDisk(), clock, NullLogger.Instance);
        store.Open(startBackground: false);
        LiveHub hub = new(store, store.Registry.KeyOf, clock, limits);
        QueryExecutor queries = new(store, clock, limits);
        OfflineHost host = new(name, config, hub, queries, clock, limits, points, output);
        return GuestRun.Run(guests, module, host, null);
    }

    private static int Fail(TextWriter errors, string text)
    {
        errors.WriteLine($"slungd: {PlainText.Of(text)}");
        return ExitCode.Failed;
    }
}
