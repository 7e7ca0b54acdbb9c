using System;

namespace Slungd.Ingest.Net;

/// <summary>Notices socket loops that hang. One thread.</summary>
internal sealed class LoopWatch(SocketServer server)
{
    private long[] _turns = [];

    /// <summary>Did every loop go round since this was asked last? True the first time. Idle loops are woken, so that
    /// they have gone round when this is asked again.</summary>
    public bool AllTurned()
    {
        if (_turns.Length != server.Loops.Count)
        {
            _turns = new long[server.Loops.Count];
            _turns.AsSpan().Fill(-1);
        }
        bool all = true;
        for (int i = 0; i < _turns.Length; i++)
        {
            long turns = server.Loops[i].Counters.Turns;
            all &= turns != _turns[i];
            _turns[i] = turns;
        }
        server.Wake();
        return all;
    }
}
