using System;
using System.Threading;
using Slungd.Native.Memory;
using Slungd.Native.Os;
using Slungd.Workflows.Wasm;

namespace Slungd.Workflows.Supervisor;

/// <summary>One workflow: a thread of low priority that runs its guest, starts it again when it fails, and puts another
/// in its place. A guest that never calls the host is stopped by the engine's interrupt, which <see cref="Tick"/> asks
/// for all the time.</summary>
internal sealed class Workflow
{
    private static readonly TimeSpan RepeatInterval = TimeSpan.FromMilliseconds(20);

    private readonly IWasmEngine _engine;
    private readonly WorkflowServices _services;
    private readonly WorkflowLimits _limits;
    private readonly ByteBudget _memory;
    private readonly ProcessorShare _allGuests;
    private readonly GuestSignal _signal;
    private readonly Thread _thread;
    private readonly Lock _lock = new();
    private WorkflowProgram _program; // under the lock
    private WorkflowProgram? _next; // under the lock
    private WorkflowState _state; // under the lock
    private DateTimeOffset? _started; // under the lock
    private string? _lastError, _lastTrap; // under the lock
    private volatile IWasmStore? _store;

    private long _dropsTold, _dropsToldAt; // the supervisor's thread's

    // The thread's own.
    private int _failures;
    private ProcessorShare _share;
    private TimeSpan _processorTime, _busy;
    private long _callsSeen, _memoryBytes;
    private string? _stopped;
    private IWasmMemory? _guestMemory;

    public Workflow(string name, WorkflowProgram program, IWasmEngine engine, WorkflowServices services,
        WorkflowLimits limits, ByteBudget memory, ProcessorShare allGuests, SemaphoreSlim httpCalls)
    {
        Name = name;
        _program = program;
        _engine = engine;
        _services = services;
        _limits = limits;
        _memory = memory;
        _allGuests = allGuests;
        _share = new ProcessorShare(program.Config.Processors, services.Clock);
        _signal = new GuestSignal(services.Clock);
        Host = new WorkflowHost(name, services, limits, _signal, httpCalls);
        _thread = new Thread(Run, engine.ThreadStackBytes) { Name = "workflow " + name, IsBackground = true };
    }

    public string Name { get; }

    public WorkflowHost Host { get; }

    /// <summary>What runs, or is about to.</summary>
    public WorkflowProgram Program
    {
        get { lock (_lock) return _next ?? _program; }
    }

    public void Start() => _thread.Start();

    /// <summary>Puts another program, or the same one anew, in the place of what runs: at its next poll, or after
    /// <see cref="WorkflowLimits.SwitchPatience"/>. Its streams go over to the successor.</summary>
    public void Replace(WorkflowProgram program)
    {
        lock (_lock)
        {
            if (_next is not null && _next.Module != _program.Module && _next.Module != program.Module)
                _next.Module.Dispose();
            _next = program;
            if (_state is not WorkflowState.Running)
            {
                _state = WorkflowState.Starting;
                _lastError = _lastTrap = null;
            }
            _signal.Switch();
        }
    }

    /// <summary>Asks for the end; <see cref="Join"/> waits for it.</summary>
    public void Stop()
    {
        _signal.Stop();
        Host.Cancel();
        _store?.Interrupt();
    }

    /// <returns>False when the thread goes on.</returns>
    public bool Join(TimeSpan patience)
    {
        long start = _services.Clock.GetTimestamp();
        while (!_thread.Join(patience < RepeatInterval ? patience : RepeatInterval))
        {
            if (_services.Clock.GetElapsedTime(start) >= patience) return false;
            _store?.Interrupt();
        }
        Host.Dispose();
        return true;
    }

    /// <summary>Makes a running guest account for its time. The supervisor's thread, every few milliseconds.</summary>
    /// <returns>True when the guest ran.</returns>
    public bool Tick()
    {
        TellDrops();
        if (_signal.IsWaiting || _store is not { } store) return false;
        store.Interrupt();
        return true;
    }

    public WorkflowStatus Status()
    {
        lock (_lock)
        {
            return new WorkflowStatus(Name, _state)
            {
                ModuleBytes = _program.ModuleBytes,
                Started = _started,
                LastError = _lastError,
                LastTrap = _lastTrap,
                MemoryBytes = _state == WorkflowState.Running ? Volatile.Read(ref _memoryBytes) : 0,
                LiveQueries = Host.Handles.Count,
                EventsQueued = Host.Handles.Queued,
                EventsDropped = Host.Handles.Dropped,
                LogLinesLeftOut = Host.Log.LeftOut,
                Config = (_next ?? _program).Config,
                Counters = Host.Counters.Copy(),
            };
        }
    }

    /// <summary>Says how many events were dropped since it last did, and not too often.</summary>
    private void TellDrops()
    {
        long dropped = Host.Handles.Dropped;
        bool isTooEarly = _dropsTold > 0 && _services.Clock.GetElapsedTime(_dropsToldAt) < _limits.DropNotes;
        if (dropped == _dropsTold || isTooEarly) return;
        Host.Log.Tell($"{dropped - _dropsTold} events were dropped: they came faster than the guest took them, "
            + $"or it ended; {dropped} in all");
        (_dropsTold, _dropsToldAt) = (dropped, _services.Clock.GetTimestamp());
    }

    private void Run()
    {
        BackgroundPriority.EnterLowest();
        for (bool isFirst = true; !_signal.IsStopping; isFirst = false)
        {
            WorkflowProgram program = Begin(isFirst);
            long start = _services.Clock.GetTimestamp();
            RunOutcome outcome = RunOnce(program);
            Host.Log.Flush();
            if (_signal.IsEnding)
            {
                if (outcome.Trap?.Kind == WasmTrapKind.Interrupted) WorkflowsLog.Interrupted(_services.Log, Name);
                continue;
            }
            if (outcome.Reason is null)
            {
                WorkflowsLog.Ended(_services.Log, Name);
                Host.Handles.CloseAll();
                lock (_lock) _state = WorkflowState.Ended;
                _signal.SleepUntilEnding();
                continue;
            }
            Fail(outcome, _services.Clock.GetElapsedTime(start));
        }
        Host.Handles.CloseAll();
        lock (_lock)
        {
            _state = WorkflowState.Stopped;
            if (_next is not null && _next.Module != _program.Module) _next.Module.Dispose();
            _program.Module.Dispose();
        }
    }

    /// <summary>Takes what is to run next.</summary>
    private WorkflowProgram Begin(bool isFirst)
    {
        lock (_lock)
        {
            if (_next is not null)
            {
                if (_next.Module != _program.Module) _program.Module.Dispose();
                _program = _next;
                _next = null;
                _lastError = _lastTrap = null;
                _failures = 0;
                _share = new ProcessorShare(_program.Config.Processors, _services.Clock);
                WorkflowsLog.Replaced(_services.Log, Name);
            }
            _signal.SwitchDone();
            _state = WorkflowState.Running;
            _started = _services.Clock.GetUtcNow();
        }
        if (isFirst) WorkflowsLog.Runs(_services.Log, Name);
        else Host.Counters.Restarts++;
        Host.Begin(_program.Config);
        return _program;
    }

    private void Fail(RunOutcome outcome, TimeSpan ran)
    {
        string reason = PlainText.Of(outcome.Reason!);
        string? trap = outcome.Trap is null ? null : PlainText.Of(outcome.Trap.ToString());
        if (ran >= _limits.HealthyAfter) _failures = 0;
        _failures++;
        bool isOver = outcome.IsHopeless || _failures >= _limits.MaxFailures;
        lock (_lock)
        {
            Host.Counters.Failures++; // here, so that whoever sees the failure sees its reason
            _lastError = reason;
            _lastTrap = trap;
            _state = isOver ? WorkflowState.Quarantined : WorkflowState.Waiting;
        }
        string text = outcome.Trap?.Kind == WasmTrapKind.Interrupted ? reason : trap ?? reason;
        if (isOver)
        {
            WorkflowsLog.Quarantined(_services.Log, Name, text);
            Host.Handles.CloseAll();
            _signal.SleepUntilEnding();
            return;
        }
        double factor = Math.Pow(2, _failures - 1);
        TimeSpan delay = TimeSpan.FromTicks((long)Math.Min(
            _limits.FirstDelay.Ticks * factor, _limits.LongestDelay.Ticks));
        WorkflowsLog.Failed(_services.Log, Name, (long)delay.TotalMilliseconds, text);
        _signal.Sleep(delay);
    }

    private RunOutcome RunOnce(WorkflowProgram program)
    {
        _stopped = null;
        _busy = TimeSpan.Zero;
        _processorTime = ThreadTime.Used();
        WasmBudget budget = new(_memory)
        {
            MemoryBytes = program.Config.MemoryBytes,
            StackFrames = _limits.StackFrames,
            StackSlots = _limits.StackSlots,
            OnInterrupt = MayGoOn,
        };
        using IWasmStore store = _engine.CreateStore(budget);
        _store = store;
        Interlocked.MemoryBarrier(); // whoever asks for the end from now on interrupts the store
        try
        {
            if (_signal.IsStopping) return RunOutcome.Done;
            RunOutcome outcome = GuestRun.Run(store, program.Module, Host, SeeMemory);
            return _stopped is null ? outcome : outcome with { Reason = _stopped };
        }
        finally
        {
            _store = null;
            _guestMemory = null;
            TimeSpan now = ThreadTime.Used();
            Host.Counters.ProcessorTicks += (now - _processorTime).Ticks;
        }
    }

    private void SeeMemory(IWasmMemory memory)
    {
        _guestMemory = memory;
        Volatile.Write(ref _memoryBytes, memory.Length);
    }

    /// <summary>On the guest's thread, every few milliseconds of its time: accounts, and holds it back.</summary>
    private bool MayGoOn()
    {
        if (_signal.IsStopping || _signal.IsSwitching && _signal.SwitchAge > _limits.SwitchPatience) return false;
        TimeSpan now = ThreadTime.Used(), used = now - _processorTime;
        _processorTime = now;
        Host.Counters.ProcessorTicks += used.Ticks;
        if (_guestMemory is { } memory) Volatile.Write(ref _memoryBytes, memory.Length);
        bool hasCalled = Host.Calls != _callsSeen;
        _callsSeen = Host.Calls;
        _busy = hasCalled ? TimeSpan.Zero : _busy + used;
        if (_busy > _limits.BusyLimit)
        {
            _stopped = $"{_limits.BusyLimit.TotalSeconds} s of processor time without a call to the host";
            return false;
        }
        TimeSpan own = _share.Use(used), all = _allGuests.Use(used), wait = own > all ? own : all;
        if (wait == TimeSpan.Zero) return true;
        Host.Counters.ThrottledTicks += wait.Ticks;
        _signal.Sleep(wait);
        return !_signal.IsStopping;
    }
}
