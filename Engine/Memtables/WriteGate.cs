using System.Threading;
using Slungd.Native.Checks;

namespace Slungd.Engine.Memtables;

/// <summary>Lets writers into a memtable until it is closed; closing waits for those inside. So a batch lands in one
/// memtable as a whole.
/// <code>Open -> Closing (writers inside finish, new ones wait) -> Closed (new ones are turned away)</code></summary>
internal sealed class WriteGate
{
    private const int Open = 0, Closing = 1, Closed = 2;

    private int _inside;
    private int _state;

    /// <summary>Waits for the end of a closing that has begun (microseconds).</summary>
    public bool IsClosed
    {
        get
        {
            var spin = new SpinWait();
            while (Volatile.Read(ref _state) == Closing) spin.SpinOnce(sleep1Threshold: -1);
            return Volatile.Read(ref _state) == Closed;
        }
    }

    /// <summary>Goes in; false when closed. While closing it waits for the end of it (microseconds).</summary>
    public bool TryEnter()
    {
        while (true)
        {
            Interlocked.Increment(ref _inside); // a full fence: the state is read after the count is visible
            if (Volatile.Read(ref _state) == Open) return true;
            Interlocked.Decrement(ref _inside);
            if (IsClosed) return false;
        }
    }

    public void Exit()
    {
        int left = Interlocked.Decrement(ref _inside);
        DebugCheck.That(left >= 0);
    }

    /// <summary>Stops new writers and waits for those inside. The caller must not be inside itself. False when it is
    /// closing or closed already. Follow with <see cref="EndClose"/>.</summary>
    public bool TryBeginClose()
    {
        if (Interlocked.CompareExchange(ref _state, Closing, Open) != Open) return false;
        var spin = new SpinWait();
        while (Volatile.Read(ref _inside) != 0) spin.SpinOnce(sleep1Threshold: -1);
        return true;
    }

    /// <summary>Closes for good, or opens again when the closing was given up.</summary>
    public void EndClose(bool closed)
    {
        Invariant.Check(Volatile.Read(ref _state) == Closing);
        Volatile.Write(ref _state, closed ? Closed : Open);
    }
}
