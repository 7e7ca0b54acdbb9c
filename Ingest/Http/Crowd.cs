using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Connections;

namespace Slungd.Ingest.Http;

/// <summary>Counts a listener's connections and marks those above the limit: they are answered, so that probes work on
/// a full door, but get nothing else, and end with their first answer. Far above it they are closed at once.</summary>
/// <param name="most">Connections that get everything.</param>
/// <param name="door">Counts those that get nothing.</param>
/// <param name="next">Serves one.</param>
internal sealed class Crowd(int most, HttpDoor door, ConnectionDelegate next)
{
    private const int Spare = 64;

    private int _open;

    /// <summary>How many may be accepted, those on their way to be closed included.</summary>
    public static int MostAccepted(int most) => most + Spare + Spare / 2;

    /// <summary>Serves one connection to its end.</summary>
    public async Task Serve(ConnectionContext context)
    {
        int open = Interlocked.Increment(ref _open);
        try
        {
            if (open > most) context.Features.Set(this); // requests see it among theirs
            if (open <= most + Spare) await next(context);
            else door.TurnAway();
        }
        finally { Interlocked.Decrement(ref _open); }
    }
}
