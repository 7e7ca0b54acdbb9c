using System;
using Slungd.Engine.Model;
using Slungd.Ingest.Hosting.Options;

namespace Slungd.Ingest.Hosting;

/// <summary>The limits as far as the managed heap and the descriptors carry them: what does not fit there must not be
/// asked for, since a heap that is full takes everybody down, and without a descriptor nothing can be written.
/// </summary>
internal static class FittingLimits
{
    // What one of each takes there at most, measured.
    private const int WindowBytes = 1024;
    private const int RawPointBytes = 2048;
    private const int SampleBytes = 32;
    private const int HttpConnectionBytes = 96 << 10; // besides what it has received
    private const int TlsBytes = 64 << 10;

    private const int LeastHttpBuffer = 64 << 10;
    private const int MostHttpBuffer = 512 << 10;

    // Descriptors that are no connections, counted: 16 always, 2 of each loop, and room for the log, a flush and a
    // merge, notes, certificates, workflows' own requests.
    private const int OwnFiles = 48;
    private const int LoopFiles = 3;
    private const int TlsFiles = 3; // the socket, and a pair between the relay and the loop
    private const int LeastPerDoor = 6;

    /// <param name="options">As they were given.</param>
    /// <param name="heapBytes">The hard limit of the managed heap.</param>
    /// <param name="files">The limit of descriptors; null: there is none to speak of.</param>
    public static Limits Of(ServeOptions options, long heapBytes, long? files = null) =>
        WithinFiles(WithinHeap(options, heapBytes), options, files ?? int.MaxValue);

    /// <summary>Shares the descriptors out among the doors, a third of each share at most for those above its limit.
    /// </summary>
    private static Limits WithinFiles(Limits limits, ServeOptions options, long files)
    {
        int own = OwnFiles + LoopFiles * (options.Threads ?? Environment.ProcessorCount)
            + options.StatsdPlaces.Count;
        int doors = 1 + (options.Http is null ? 0 : 1) + (options.OtlpGrpc is null ? 0 : 1)
            + (options.Graphite is null ? 0 : 1);
        long share = Math.Max((files - own) / doors, LeastPerDoor);
        long sockets = Math.Max(share / (options.TlsCertificate is null ? 1 : TlsFiles), LeastPerDoor);
        int spare = (int)Math.Min(limits.SpareConnections, sockets / 3);
        return limits with
        {
            SpareConnections = spare,
            MaxConnections = (int)Math.Min(limits.MaxConnections, sockets - spare),
            MaxHttpConnections = (int)Math.Min(limits.MaxHttpConnections, share - spare - spare / 2),
        };
    }

    private static Limits WithinHeap(ServeOptions options, long heapBytes)
    {
        Limits limits = options.Limits;
        int rawPoints = (int)Math.Clamp(heapBytes / RawPointBytes, 1_000, limits.MaxRawLimit);
        long queueBytes = (long)limits.MaxQueuedEventsPerSubscription * Limits.LiveMessageBytes;
        // Half of the heap for the connections of port 2078, and of OTLP's where that is open.
        long doorBytes = heapBytes / (options.OtlpGrpc is null ? 2 : 4);
        int ownBytes = HttpConnectionBytes + (options.TlsCertificate is null ? 0 : TlsBytes);
        int leastBuffer = Math.Max(limits.MaxHeadBytes, LeastHttpBuffer);
        int mostHead = 2 * limits.MaxHeadBytes; // the line with the path, and the fields
        long connections = Math.Min(limits.MaxConnections,
            Math.Max(doorBytes / (Math.Max(leastBuffer, mostHead) + ownBytes), 16));
        long sockets = options.TlsCertificate is null ? limits.MaxConnections
            : Math.Min(limits.MaxConnections, Math.Max(heapBytes / 4 / TlsBytes, 16));
        return limits with
        {
            MaxConnections = (int)sockets,
            MaxWindows = (int)Math.Clamp(heapBytes / WindowBytes, 10_000, limits.MaxWindows),
            MaxRawLimit = rawPoints,
            DefaultRawLimit = Math.Min(limits.DefaultRawLimit, rawPoints),
            MaxHttpConnections = (int)connections,
            MaxHttpBufferBytes =
                (int)Math.Clamp(doorBytes / connections - ownBytes, leastBuffer, Math.Max(leastBuffer, MostHttpBuffer)),
            MaxQuerySamples = Math.Min(limits.MaxQuerySamples, Math.Max(heapBytes / SampleBytes, 500_000)),
            MaxLiveQueries = (int)Math.Min(limits.MaxLiveQueries, Math.Max(heapBytes / 4 / queueBytes, 64)),
        };
    }
}
