using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Native.Memory;
using Slungd.Native.Os;
using Slungd.Workflows.Abi;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasm.Modules;

namespace Slungd.Workflows.Supervisor;

/// <summary>All workflows of the daemon. Any thread.</summary>
internal sealed class WorkflowSupervisor : IDisposable
{
    private const int WasmLimit = ModuleLimits.ModuleBytes;

    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan IdleInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan OpenPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RemovePatience = TimeSpan.FromSeconds(5);

    private readonly IWasmEngine _engine;
    private readonly WorkflowServices _services;
    private readonly WorkflowLimits _limits;
    private readonly ByteBudget _memory;
    private readonly WorkflowFolder _folder;
    private readonly ProcessorShare _allGuests;
    private readonly SemaphoreSlim _httpCalls;
    private readonly Lock _deploying = new(); // one change at a time; compiling takes a while
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Workflow> _workflows = new(StringComparer.Ordinal); // under the lock
    private readonly ManualResetEventSlim _opened = new(), _stopping = new();
    private readonly Thread _ticker;
    private readonly SortedDictionary<string, string> _notLoaded = new(StringComparer.Ordinal); // under the lock: why
    private bool _isOpen; // under _deploying

    /// <param name="engine">Runs the guests.</param>
    /// <param name="services">What they work with.</param>
    /// <param name="limits">Of each.</param>
    /// <param name="memory">Of all guests together.</param>
    /// <param name="folder">Where they are kept.</param>
    public WorkflowSupervisor(IWasmEngine engine, WorkflowServices services, WorkflowLimits limits, ByteBudget memory,
        WorkflowFolder folder)
    {
        _engine = engine;
        _services = services;
        _limits = limits;
        _memory = memory;
        _folder = folder;
        _httpCalls = new SemaphoreSlim(limits.HttpCalls);
        _allGuests = new ProcessorShare(Math.Max(0.5, Environment.ProcessorCount - 1), services.Clock);
        _ticker = new Thread(Tick) { Name = "workflows", IsBackground = true };
    }

    public string EngineName => _engine.Name;

    /// <summary>Starts what is in the folder, and the file; the store must be open. What can't be loaded is logged.
    /// </summary>
    /// <param name="file">A module outside of the folder, or null.</param>
    public void Open(string? file)
    {
        lock (_deploying)
        {
            if (_stopping.IsSet) return;
            _isOpen = true;
            _ticker.Start();
            try
            {
                foreach (string name in _folder.Names())
                    Load(name, () => _folder.ReadModule(name, WasmLimit));
            }
            catch (DiskException e)
            {
                WorkflowsLog.FolderUnreadable(_services.Log, e.Message);
            }
            if (file is not null) Load(Path.GetFileNameWithoutExtension(file), () => File.ReadAllBytes(file));
            _opened.Set();
        }
    }

    /// <summary>Starts a workflow, or replaces the one of this name without losing events, and keeps it on disk.
    /// </summary>
    public DeployAnswer Deploy(string name, ReadOnlySpan<byte> module)
    {
        AwaitOpening();
        lock (_deploying)
        {
            if (Check(name) is { } refused) return refused;
            try
            {
                DeployAnswer answer = TryPrepare(name, module, out WorkflowProgram? program);
                if (!answer.IsDone) return answer;
                try { _folder.WriteModule(name, module); }
                catch (DiskException)
                {
                    program!.Module.Dispose();
                    throw;
                }
                Run(name, program!);
                return answer;
            }
            catch (DiskException e)
            {
                return new DeployAnswer(DeployRefusal.Disk, e.Message);
            }
        }
    }

    /// <summary>Sets the configuration of a workflow, which starts anew, or of one that will be deployed.</summary>
    public DeployAnswer Configure(string name, ReadOnlyMemory<byte> json)
    {
        AwaitOpening();
        lock (_deploying)
        {
            if (Check(name) is { } refused) return refused;
            if (json.Length > WorkflowConfig.MaxJsonBytes)
                return new DeployAnswer(DeployRefusal.BadConfig,
                    $"expected at most {WorkflowConfig.MaxJsonBytes} bytes of JSON");
            if (WorkflowConfig.TryParse(json, out string? error) is not { } config)
                return new DeployAnswer(DeployRefusal.BadConfig, error!);
            try { _folder.WriteConfig(name, config.ToJson()); }
            catch (DiskException e)
            {
                return new DeployAnswer(DeployRefusal.Disk, e.Message);
            }
            if (Find(name) is { } workflow) workflow.Replace(workflow.Program with { Config = config });
            return DeployAnswer.Done;
        }
    }

    /// <summary>Starts a workflow anew, out of quarantine too.</summary>
    public DeployAnswer Restart(string name)
    {
        AwaitOpening();
        lock (_deploying)
        {
            if (Check(name) is { } refused) return refused;
            if (Find(name) is not { } workflow) return NoSuch(name);
            workflow.Replace(workflow.Program);
            return DeployAnswer.Done;
        }
    }

    /// <summary>Ends a workflow and deletes its files; also those of a name that can't be, as the list shows it.
    /// </summary>
    public DeployAnswer Remove(string name)
    {
        AwaitOpening();
        lock (_deploying)
        {
            if (!_isOpen) return NotOpen;
            Workflow? workflow = Find(name);
            try
            {
                // Such a name is never a part of a path: the folder's listing is.
                string? file = WorkflowFolder.IsName(name) ? name
                    : _folder.Names().FirstOrDefault(listed => PlainText.Of(listed) == name);
                if (file is null || workflow is null && !_folder.Contains(file)) return NoSuch(name);
                _folder.Delete(file);
            }
            catch (DiskException e)
            {
                return new DeployAnswer(DeployRefusal.Disk, e.Message);
            }
            lock (_lock)
            {
                _workflows.Remove(name);
                _notLoaded.Remove(name);
            }
            workflow?.Stop();
            if (workflow?.Join(RemovePatience) == false) WorkflowsLog.Stuck(_services.Log, name);
            WorkflowsLog.Removed(_services.Log, name);
            return DeployAnswer.Done;
        }
    }

    public WorkflowStatus? Status(string name)
    {
        if (Find(name) is { } workflow) return workflow.Status();
        lock (_lock) return _notLoaded.TryGetValue(name, out string? why) ? WorkflowStatus.NotLoaded(name, why) : null;
    }

    /// <summary>All by name, and behind them what is on disk and could not be loaded.</summary>
    public IReadOnlyList<WorkflowStatus> List()
    {
        List<WorkflowStatus> all = [];
        foreach (Workflow workflow in All()) all.Add(workflow.Status());
        lock (_lock)
            foreach ((string name, string why) in _notLoaded) all.Add(WorkflowStatus.NotLoaded(name, why));
        return all;
    }

    /// <summary>The last lines of a workflow; null when there is none of this name.</summary>
    public LogLine[]? Logs(string name, int most) => Find(name)?.Host.Log.Last(most);

    /// <summary>Ends all guests.</summary>
    /// <param name="patience">For all together.</param>
    public void Stop(TimeSpan patience)
    {
        lock (_deploying)
        {
            bool wasOpen = _isOpen;
            _isOpen = false;
            _stopping.Set();
            _opened.Set(); // for who waits
            if (wasOpen) _ticker.Join();
        }
        long start = _services.Clock.GetTimestamp();
        Workflow[] all = All();
        foreach (Workflow workflow in all) workflow.Stop();
        foreach (Workflow workflow in all)
        {
            TimeSpan left = patience - _services.Clock.GetElapsedTime(start);
            if (!workflow.Join(left > TimeSpan.Zero ? left : TimeSpan.Zero))
                WorkflowsLog.Stuck(_services.Log, workflow.Name);
        }
        lock (_lock) _workflows.Clear();
    }

    public void Dispose()
    {
        Stop(RemovePatience);
        _stopping.Dispose();
        _opened.Dispose();
        _httpCalls.Dispose();
    }

    private static DeployAnswer NotOpen => new(DeployRefusal.NotNow, "the store is not open");

    private static DeployAnswer NoSuch(string name) =>
        new(DeployRefusal.Unknown, $"there is no workflow \"{name}\"");

    private Workflow? Find(string name)
    {
        lock (_lock) return _workflows.GetValueOrDefault(name);
    }

    private Workflow[] All()
    {
        lock (_lock) return [.. _workflows.Values];
    }

    /// <summary>The store is open a moment before the workflows are.</summary>
    private void AwaitOpening()
    {
        if (!_opened.IsSet && _services.Hub.State != SinkState.Recovering) _opened.Wait(OpenPatience);
    }

    private DeployAnswer? Check(string name)
    {
        if (!_isOpen) return NotOpen;
        return WorkflowFolder.IsName(name) ? null : new DeployAnswer(DeployRefusal.BadName,
            "expected as name 1 to 64 letters, digits, '-', '_' and '.', not beginning with '.'");
    }

    private void Load(string name, Func<byte[]> read)
    {
        try
        {
            WorkflowProgram? program = null;
            DeployAnswer answer = Check(name) ?? TryPrepare(name, read(), out program);
            if (answer.IsDone) Run(name, program!);
            else NotLoaded(name, answer.Error);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            NotLoaded(name, e.Message);
        }
    }

    private void NotLoaded(string name, string why)
    {
        name = PlainText.Of(name); // of a file: it may be anything, and Remove knows it again
        WorkflowsLog.NotLoaded(_services.Log, name, why);
        lock (_lock) _notLoaded[name] = why;
    }

    /// <summary>Compiles a module and checks that it can be linked.</summary>
    private DeployAnswer TryPrepare(string name, ReadOnlySpan<byte> bytes, out WorkflowProgram? program)
    {
        program = null;
        if (bytes.Length > WasmLimit)
            return new DeployAnswer(DeployRefusal.BadModule, $"expected at most {WasmLimit} bytes of WebAssembly");
        Workflow? known = Find(name);
        if (known is null && All().Length >= _limits.MaxWorkflows)
            return new DeployAnswer(DeployRefusal.TooMany, $"expected at most {_limits.MaxWorkflows} workflows");
        string? error = null;
        WorkflowConfig? config = known?.Program.Config ?? ReadConfig(name, out error);
        if (config is null) return new DeployAnswer(DeployRefusal.BadConfig, $"its configuration: {error}");
        if (_engine.TryCompile(bytes, out WasmError? wrong) is not { } module)
            return new DeployAnswer(DeployRefusal.BadModule, wrong!.ToString());
        string? unlinkable =
            HostLinker.Check(module, note => WorkflowsLog.Note(_services.Log, name, PlainText.Of(note)));
        if (unlinkable is not null)
        {
            module.Dispose();
            return new DeployAnswer(DeployRefusal.BadModule, PlainText.Of(unlinkable));
        }
        program = new WorkflowProgram(module, bytes.Length, config);
        return DeployAnswer.Done;
    }

    private WorkflowConfig? ReadConfig(string name, out string? error)
    {
        error = null;
        byte[]? json = _folder.ReadConfig(name);
        return json is null ? new WorkflowConfig() : WorkflowConfig.TryParse(json, out error);
    }

    private void Run(string name, WorkflowProgram program)
    {
        if (Find(name) is { } workflow)
        {
            workflow.Replace(program);
            return;
        }
        workflow = new Workflow(name, program, _engine, _services, _limits, _memory, _allGuests, _httpCalls);
        lock (_lock)
        {
            _notLoaded.Remove(name);
            _workflows.Add(name, workflow);
        }
        workflow.Start();
    }

    private void Tick()
    {
        bool hasRun = false;
        while (!_stopping.Wait(hasRun ? TickInterval : IdleInterval))
        {
            hasRun = false;
            foreach (Workflow workflow in All()) hasRun |= workflow.Tick();
        }
    }
}
