using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using Microsoft.Extensions.Logging.Abstractions;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Engine.Store;
using Slungd.Native.Memory;
using Slungd.Native.Os;
using Slungd.Tests.EndToEnd;
using Slungd.Workflows.Supervisor;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasm.Execution;
using Xunit;

namespace Slungd.Tests.Workflows.Supervisor;

/// <summary>Workflows over a real store in memory.</summary>
internal sealed class SupervisorRig : IDisposable
{
    private readonly ByteBudget _code = new(16 << 20), _memory = new(256 << 20);
    private readonly IWasmEngine _engine;
    private readonly TimeSeriesStore _store;
    private readonly WriteBatch _batch;
    private readonly QueryExecutor _queries;
    private readonly string? _directory;
    private readonly WorkflowLimits _limits;

    public SupervisorRig(WorkflowLimits? limits = null, IWasmEngine? engine = null)
    {
        _engine = engine ?? new EmbeddedEngine(_code);
        Limits bounds = new() { MaxSeries = 1_000 };
        StoreOptions options = new()
        {
            ArenaBytes = 16 << 20, Limits = bounds, Precision = Precision.Seconds, MinFreeDisk = FreeDiskRule.None,
        };
        _store = new TimeSeriesStore(options, new PosixDisk(), TimeProvider.System, NullLogger.Instance);
        _store.Open(startBackground: false);
        Hub = new LiveHub(_store, _store.Registry.KeyOf, TimeProvider.System, bounds);
        _queries = new QueryExecutor(_store, TimeProvider.System, bounds);
        _batch = new WriteBatch(Hub, producer: 7);
        _directory = Directory.CreateTempSubdirectory("slungd-workflows-").FullName;
        _limits = limits ?? new WorkflowLimits { FirstDelay = TimeSpan.FromMilliseconds(1) };
        Supervisor = Create();
        Supervisor.Open(null);
    }

    public LiveHub Hub { get; }

    public OutboundRecord Outbound { get; } = new();

    public WorkflowSupervisor Supervisor { get; private set; }

    public string Folder => $"{_directory}/workflows";

    public static void Until(string what, Func<bool> isSo)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience.Limit, $"not {what}");
            Thread.Sleep(1);
        }
    }

    /// <summary>Ends all workflows and starts what is on disk, as a restart of the daemon does.</summary>
    public void Restart(string? file = null)
    {
        Supervisor.Dispose();
        Assert.Equal(0, Hub.Subscriptions);
        Supervisor = Create();
        Supervisor.Open(file);
    }

    public void Deploy(string name, byte[] module) => Assert.Equal(DeployAnswer.Done, Supervisor.Deploy(name, module));

    public void Configure(string name, string json) =>
        Assert.Equal(DeployAnswer.Done, Supervisor.Configure(name, Encoding.UTF8.GetBytes(json)));

    /// <summary>Writes a point of a series as a connection does.</summary>
    public void Send(string series, long timestamp, double value)
    {
        _batch.Clear();
        _batch.BeginSeries(Encoding.UTF8.GetBytes(series));
        _batch.AddTag("site=eu"u8);
        _batch.AddFloat(timestamp, value);
        _batch.Commit();
        Assert.Equal(0, _batch.Refusals.Points);
    }

    public QueryResult Query(string text)
    {
        Assert.True(DslParser.TryParse(text, Precision.Seconds, new Limits(), out DslQuery? query, out _));
        return _queries.Execute(query!, new QueryOptions());
    }

    public WorkflowStatus Status(string name) => Supervisor.Status(name)!;

    public void UntilState(string name, WorkflowState state) =>
        Until($"{name} {state} but {Status(name).State}", () => Status(name).State == state);

    public string[] Lines(string name) => [.. Supervisor.Logs(name, 1_000)!.Select(static line => line.Text)];

    public void Dispose()
    {
        Supervisor.Dispose();
        Assert.Equal(0, Hub.Subscriptions);
        Assert.Equal(0, _memory.Used);
        Assert.Equal(0, _code.Used);
        _store.Dispose();
        Directory.Delete(_directory!, true);
    }

    private WorkflowSupervisor Create() => new(_engine,
        new WorkflowServices(Hub, _queries, Outbound, TimeProvider.System, new Limits(), NullLogger.Instance),
        _limits, _memory, new WorkflowFolder(new PosixDisk(), Folder));
}
