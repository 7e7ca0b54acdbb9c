using System.Collections.Generic;
using System.Threading;

namespace Slungd.Ingest.Net;

/// <summary>What other threads want to send on a connection: bounded in bytes, emptied by the connection's loop, closed
/// with the connection.</summary>
internal sealed class Mailbox
{
    private readonly Lock _lock = new();
    private readonly Queue<PostedFrames> _posted = new();
    private long _bytes;
    private bool _closed;

    /// <summary>Takes the block over; false, with the block still the caller's, when the connection is gone or more
    /// than <paramref name="maxBytes"/> wait already.</summary>
    public bool TryPost(in PostedFrames frames, long maxBytes)
    {
        lock (_lock)
        {
            if (_closed || _bytes > maxBytes) return false;
            _posted.Enqueue(frames);
            _bytes += frames.Length;
            return true;
        }
    }

    public bool TryTake(out PostedFrames frames)
    {
        lock (_lock)
        {
            if (!_posted.TryDequeue(out frames)) return false;
            _bytes -= frames.Length;
            return true;
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            while (_posted.TryDequeue(out PostedFrames frames)) frames.Block.Dispose();
        }
    }
}
