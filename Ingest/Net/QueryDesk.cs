using System;
using System.Collections.Generic;
using System.Threading;
using Microsoft.Extensions.Logging;
using Slungd.Engine.Query;
using Slungd.Native.Checks;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Net;

/// <summary>Runs queries of text messages on a few threads of its own, so that no socket loop ever waits for a disk.
/// Threads start when there is work and end after a quiet while: an idle daemon has none.</summary>
internal sealed class QueryDesk
{
    private const int MaxWaiting = 1_024;
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(5);

    private readonly QueryExecutor _executor;
    private readonly SocketServer _server;
    private readonly ILogger _logger;
    private readonly int _maxThreads;
    private readonly object _lock = new(); // a monitor: threads wait on it
    private readonly Queue<QueryJob> _waiting = new();
    private int _threads;
    private int _idle;
    private bool _stopped;

    public QueryDesk(QueryExecutor executor, SocketServer server, ILogger logger, int maxThreads)
    {
        _executor = executor;
        _server = server;
        _logger = logger;
        _maxThreads = maxThreads;
    }

    /// <summary>False when too many wait.</summary>
    public bool TryAdd(QueryJob job)
    {
        lock (_lock)
        {
            if (_stopped || _waiting.Count == MaxWaiting) return false;
            job.Count.Increment();
            _waiting.Enqueue(job);
            if (_waiting.Count > _idle && _threads < _maxThreads)
            {
                _threads++;
                new Thread(Work) { Name = "slungd query", IsBackground = true }.Start();
            }
            Monitor.Pulse(_lock);
            return true;
        }
    }

    /// <summary>No further queries; those that run end with their connections.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            _waiting.Clear();
            Monitor.PulseAll(_lock);
        }
    }

    private void Work()
    {
        while (TryTake(out QueryJob? job))
        {
            PostedFrames answer;
            try
            {
                answer = Answer(job);
            }
            catch (OutputTooLargeException)
            {
                job.Count.Decrement(); // not even an error fits: the client's time-out is its answer
                continue;
            }
            job.Count.Decrement();
            if (job.Connection.Mailbox.TryPost(answer, long.MaxValue)) job.Loop.Signal(job.Connection);
            else answer.Block.Dispose();
        }
    }

    private bool TryTake(out QueryJob job)
    {
        lock (_lock)
        {
            while (!_stopped)
            {
                if (_waiting.TryDequeue(out job!)) return true;
                _idle++;
                bool signalled = Monitor.Wait(_lock, IdleLimit);
                _idle--;
                if (!signalled && _waiting.Count == 0) break;
            }
            _threads--;
            job = null!;
            return false;
        }
    }

    private PostedFrames Answer(QueryJob job)
    {
        ByteBudget budget = _server.LargeBudget;
        try
        {
            QueryResult result = _executor.Execute(job.Query, job.Options);
            return JsonFrames.Answer(budget, _server.Options.MaxAnswerBytes, job.Id, result);
        }
        catch (OutputTooLargeException)
        {
            return JsonFrames.Error(budget, job.Id,
                $"the answer is larger than {_server.Options.MaxAnswerBytes} bytes, or memory is short: ask for less");
        }
        catch (Exception e) when (e is not BugException)
        {
            Log.QueryFailed(_logger, e);
            return JsonFrames.Error(budget, job.Id, "the query failed: see the daemon's log");
        }
    }
}
