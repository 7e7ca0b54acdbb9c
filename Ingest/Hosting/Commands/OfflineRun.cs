using System;
using System.IO;
using System.Threading;
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
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    /// <param name="options">What to run, on what.</param>
    /// <param name="output">Gets what the guest does.</param>
    /// <param name="errors">Gets what is wrong.</param>
    /// <returns>The exit code: 1 when the guest did not end well, or a line of the input is no point.</returns>
    public static int Run(OfflineOptions options, TextWriter output, TextWriter errors)
    {
        try
        {
            string? error = null;
            WorkflowConfig? settings = options.Config is null ? new WorkflowConfig()
                : WorkflowConfig.TryParse(File.ReadAllBytes(options.Config), out error);
            if (settings is null) return Fail(errors, $"{options.Config}: {error}");
            ByteBudget guests = new(MemoryLimits.Detect().Guests);
            EmbeddedEngine engine = new(guests);
            using IWasmModule? module = engine.TryCompile(File.ReadAllBytes(options.File), out WasmError? wrong);
            error = module is null ? wrong!.ToString()
                : HostLinker.Check(module, note => errors.WriteLine($"slungd: {PlainText.Of(note)}"));
            if (error is not null) return Fail(errors, $"{options.File}: {error}");
            using OfflinePoints points = new(options.Input, options.Precision, errors);
            RunOutcome outcome = RunOn(options, points, engine, guests, module!, settings, output);
            output.Flush();
            if (outcome.Reason is not null) return Fail(errors, outcome.Trap?.ToString() ?? outcome.Reason);
            return points.Bad == 0 ? ExitCode.Done : ExitCode.Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StoreOpenException)
        {
            return Fail(errors, e.Message);
        }
    }

    private static RunOutcome RunOn(OfflineOptions options, OfflinePoints points, EmbeddedEngine engine,
        ByteBudget memory, IWasmModule module, WorkflowConfig config, TextWriter output)
    {
        Limits limits = new();
        VirtualClock clock = new();
        StoreOptions inMemory = new()
        {
            ArenaBytes = MemoryLimits.Detect().Arena, Precision = options.Precision, MinFreeDisk = FreeDiskRule.None,
        };
        using TimeSeriesStore store = new(inMemory, new PosixDisk(), clock, NullLogger.Instance);
        store.Open(startBackground: false);
        LiveHub hub = new(store, store.Registry.KeyOf, clock, limits);
        QueryExecutor queries = new(store, clock, limits);
        string name = Path.GetFileNameWithoutExtension(options.File);
        OfflineHost host = new(name, config, hub, queries, clock, limits, points, output);
        OfflineWatch watch = new(host, options.TimeLimit);
        WasmBudget budget = new(memory) { MemoryBytes = config.MemoryBytes, OnInterrupt = watch.MayGoOn };
        using IWasmStore guest = engine.CreateStore(budget);
        using Timer look = new(_ => guest.Interrupt(), null, LookEvery, LookEvery);
        RunOutcome outcome = GuestRun.Run(guest, module, host, null);
        host.Flush();
        if (watch.Stopped is not { } reason || outcome.Trap is not { } trap) return outcome;
        return RunOutcome.Failed(reason, new WasmTrap(trap.Kind, reason, trap.Frames, trap.FramesLeftOut));
    }

    private static int Fail(TextWriter errors, string text)
    {
        errors.WriteLine($"slungd: {PlainText.Of(text)}");
        return ExitCode.Failed;
    }
}
