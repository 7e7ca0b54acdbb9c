using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Slungd.Engine.Model;

/// <summary>Waits until commits are kept as the WAL mode promises, for doors that answer a request then. One per sink;
/// any thread.</summary>
internal sealed class KeptWatch
{
    private readonly IEventSink _sink;
    private readonly Lock _lock = new();
    private readonly PriorityQueue<TaskCompletionSource, ulong> _waiting = new(); // one per request in flight

    public KeptWatch(IEventSink sink)
    {
        _sink = sink;
        sink.OnKept(Wake);
    }

    /// <summary>Ends when the commit is kept: at once for one that is, and for 0. While the log can't be written it
    /// does not end: the caller sets a limit (<see cref="Task.WaitAsync(TimeSpan, TimeProvider)"/>).</summary>
    public Task WhenKept(ulong commit)
    {
        if (_sink.KeptThrough >= commit) return Task.CompletedTask;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock) _waiting.Enqueue(done, commit);
        Wake(); // it may have been kept meanwhile
        return done.Task;
    }

    private void Wake()
    {
        lock (_lock)
        {
            ulong kept = _sink.KeptThrough;
            while (_waiting.TryPeek(out TaskCompletionSource? done, out ulong commit) && commit <= kept)
            {
                _waiting.Dequeue();
                done.SetResult();
            }
        }
    }
}
