using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Connections;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Http;

/// <summary>Counts a listener's connections and marks those above the limit: they are answered, so that probes work on
/// a full door, but get nothing else, and end with their first answer. Far above it they are closed at once.</summary>
/// <param name="limits">How many get everything, how many more an answer.</param>
/// <param name="door">Counts those that get nothing.</param>
/// <param name="next">Serves one.</param>
internal sealed class Crowd(Limits limits, HttpDoor door, ConnectionDelegate next)
{
    private int _open;

    /// <summary>How many may be accepted, those on their way to be closed included.</summary>
    public static int MostAccepted(Limits limits) =>
        limits.MaxHttpConnections + limits.SpareConnections + limits.SpareConnections / 2;

    /// <summary>Serves one connection to its end.</summary>
    public async Task Serve(ConnectionContext context)
    {
        int open = Interlocked.Increment(ref _open);
        try
        {
            if (open > limits.MaxHttpConnections) context.Features.Set(this); // requests see it among theirs
            if (open <= limits.MaxHttpConnections + limits.SpareConnections) await next(context);
            else door.TurnAway();
        }
        finally { Interlocked.Decrement(ref _open); }
    }
}
