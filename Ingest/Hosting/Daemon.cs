using System;
using System.IO;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using Microsoft.Extensions.Logging;
using Slungd.Engine.Store;
using Slungd.Ingest.Hosting.Activation;
using Slungd.Ingest.Hosting.Logging;
using Slungd.Ingest.Hosting.Options;
using Slungd.Ingest.Net;
using Slungd.Native.Os;
using Slungd.Native.Simd;
using Slungd.Workflows.Wasmtime;

namespace Slungd.Ingest.Hosting;

/// <summary>One run of the daemon, from the checked options to the exit code.</summary>
internal sealed class Daemon
{
    /// <summary>Container platforms kill after 10 s; better we end, and say so.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(9.5);

    /// <summary>After so long the start is over.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    private readonly ILogger _log;
    private readonly Composition _composition;
    private int _signals;

    private Daemon(ServeOptions options, ILoggerFactory loggers, int? openSocket)
    {
        _log = loggers.CreateLogger("daemon");
        _composition = new Composition(options, loggers, TimeProvider.System, openSocket);
    }

    public static int Run(ServeOptions options)
    {
        // Before anything else: who connects from now on waits some milliseconds instead of being refused. When it does
        // not work the composition tries again, and says why.
        int? openSocket = options.ListenSocket is null
            ? ListeningSocket.TryOpen(options.Listen, SocketServer.Backlog) : null;
        // Before the console is used: from then on the runtime remembers what was ignored.
        ProcessSignals.Heed(ProcessSignals.Terminate);
        ProcessSignals.Heed(ProcessSignals.Interrupt);
        StandardError.Use();
        using ILoggerFactory loggers = LogOutput.Create(options, TimeProvider.System);
        ILogger log = loggers.CreateLogger("daemon");
        Log.Starting(log, BuildInfo.Version, BuildInfo.Commit, Environment.ProcessId, Kernels.Name);
        foreach (string warning in options.Warnings) Log.OptionWarning(log, warning);
        if (Kernels.FallbackReason is { } reason) Log.OptionWarning(log, reason);
        try { return new Daemon(options, loggers, openSocket).Run(); }
        catch (SocketException e)
        {
            Log.Failed(log, $"--listen {options.Listen}: {ReasonOf(e, options.DataDirectory)}");
            return ExitCode.Failed;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException
            or OutOfMemoryException or DiskException or EngineUnavailableException)
        {
            Log.Failed(log, e.Message);
            return ExitCode.Failed;
        }
    }

    private int Run()
    {
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        // A terminal that is closed; what nohup ignores stays ignored.
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
        using ServiceManager? manager = ServiceManager.Find(Environment.GetEnvironmentVariables());
        try { _composition.Start(); }
        catch (Exception e) when (e is IOException or SocketException)
        {
            _composition.Stop(); // one door may have taken points before the other failed
            throw;
        }
        manager?.Attend(_composition.Opened, _composition.Ended, _composition.Loops.AllTurned);
        if (!_composition.Ended.Wait(Settling)) StartupPages.Release();
        _composition.Ended.Wait();
        if (_composition.Failure is { } failure)
        {
            Log.Failed(_log, failure.Message);
            return ExitCode.Failed;
        }
        manager?.Stopping();
        long start = TimeProvider.System.GetTimestamp();
        new Thread(GiveUp) { IsBackground = true, Name = "give up" }.Start();
        // Memory is not given back piece by piece: a query that still runs would trip over it, and the process ends.
        bool kept = _composition.Stop();
        if (!kept) return ExitCode.Failed;
        Log.Stopped(_log, (long)TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
        return ExitCode.Done;
    }

    private static string ReasonOf(SocketException e, string directory) => e.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => e.Message + HolderOf(directory),
        SocketError.TooManyOpenSockets => "too many open files: see the limit of the process, ulimit -n",
        _ => e.Message,
    };

    /// <summary>A taken address is mostly our own twin: says so when it holds the data directory too.</summary>
    private static string HolderOf(string directory)
    {
        string path = Path.Combine(directory, TimeSeriesStore.LockName);
        if (!File.Exists(path)) return "";
        using IDisposable? free = new PosixDisk().TryLock(path, out string holder);
        return free is null ? $"; {directory} is in use by process {holder}" : "";
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true; // we end the process, not the runtime
        if (Interlocked.Increment(ref _signals) > 1) Environment.Exit(ExitCode.Failed);
        Log.ShuttingDown(_log, context.Signal.ToString());
        _composition.Ended.Set();
    }

    private void GiveUp()
    {
        Thread.Sleep(Patience);
        Log.ShutdownTimedOut(_log, Patience.TotalSeconds);
        Thread.Sleep(100); // for the log to be written: nothing else will wait for it
        Environment.Exit(ExitCode.Failed);
    }
}
