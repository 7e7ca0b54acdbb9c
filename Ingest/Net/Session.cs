using System;

namespace Slungd.Ingest.Net;

/// <summary>What one connection speaks at the moment: HTTP until the upgrade, then WebSocket. Called by the
/// connection's loop only.</summary>
internal abstract class Session
{
    /// <summary>May the connection receive now? Asked before every receive. While it says no the peer is held back, and
    /// it is asked again every few milliseconds.</summary>
    public virtual bool MayReceive => true;

    /// <summary>The remainder could be taken as soon as the connection may receive again, whether more comes or not.
    /// </summary>
    public virtual bool IsStalled => false;

    /// <summary>The remainder must grow to about this many bytes before anything more can be taken; 0:
    /// unknown.</summary>
    public virtual int Wanted => 0;

    /// <summary>Takes what it can of what has arrived: the last remainder and the new bytes.</summary>
    public abstract Remainder Process(Span<byte> input);

    /// <summary>All that was there to receive, or a fair share of it, has been processed.</summary>
    public abstract void EndTurn();

    /// <summary>The peer sends nothing any more.</summary>
    public abstract void PeerEnded();

    /// <summary>No memory for a message that is cut off; see <see cref="SocketServerOptions.BufferBudgetBytes"/>.
    /// </summary>
    public abstract void OutOfMemory();

    /// <summary>The peer was held back for as long as it may be.</summary>
    public virtual void HeldTooLong() { }

    /// <summary>About once a second.</summary>
    public abstract void Tick();

    /// <summary>Everything queued has been sent: there is room for more.</summary>
    public virtual void Drained() { }

    /// <summary>Something was posted to the connection from another thread.</summary>
    public virtual void Posted() { }

    /// <summary>The sink has kept more commits.</summary>
    public virtual void Kept() { }

    /// <summary>The server stops: say good-bye.</summary>
    public abstract void Stop();

    /// <summary>The conversation is over: let go of everything. Called once.</summary>
    public virtual void Closed() { }
}
