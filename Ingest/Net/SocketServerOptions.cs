using System;
using System.Net;
using Slungd.Engine.Model;
using Slungd.Ingest.Security;

namespace Slungd.Ingest.Net;

/// <summary>How port 2077 is run. Every bound has its reason; times are design, section 10.</summary>
internal sealed record SocketServerOptions
{
    /// <summary>`--listen`. Port 0 takes a free one.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Descriptor of a socket that was passed to the process and listens there already; null: it is bound.
    /// </summary>
    public int? ListenSocket { get; init; }

    /// <summary>Descriptor of a socket of our own that listens there already; null: it is bound at the start.</summary>
    public int? OpenSocket { get; init; }

    public Limits Limits { get; init; } = new();

    public OriginPolicy Origins { get; init; } = new([], []);

    /// <summary>`--tokens`; null: anybody may do anything.</summary>
    public AccessPolicy? Access { get; init; }

    /// <summary>`--tls-cert`; null: in clear.</summary>
    public ServerCertificate? Certificate { get; init; }

    /// <summary>`--threads`: socket loops.</summary>
    public int Threads { get; init; } = Math.Min(4, Environment.ProcessorCount);

    /// <summary>Wait for sockets with select instead of epoll, as systems other than Linux must.</summary>
    public bool PortablePolling { get; init; } = !OperatingSystem.IsLinux();

    /// <summary>Threads that run queries of text messages; they start with the first query and end when idle.</summary>
    public int QueryThreads { get; init; } = Math.Clamp(Environment.ProcessorCount / 2, 1, 4);

    /// <summary>What one receive may bring: large enough that the system call is nothing beside its bytes, small enough
    /// to stay in the second-level cache.</summary>
    public int WindowBytes { get; init; } = 256 * 1024;

    /// <summary>All buffers of all connections above 4 KiB together: cut-off messages, unread replies, answers,
    /// aliases. Who finds it used up waits, then is refused with code 8.</summary>
    public long BufferBudgetBytes { get; init; } = 96L * 1024 * 1024;

    /// <summary>A connection that has so much to be sent is not read from until its peer has read.</summary>
    public int OutboundPauseBytes { get; init; } = 64 * 1024;

    /// <summary>A query's answer; more is an error that says so.</summary>
    public int MaxAnswerBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Queries of one connection that wait or run; more is an error that says so.</summary>
    public int MaxQueriesPerConnection { get; init; } = 16;

    /// <summary>A request head takes at most this long.</summary>
    public TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two requests of a connection.</summary>
    public TimeSpan IdleHttpTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A WebSocket that was silent for so long gets a ping.</summary>
    public TimeSpan PingAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A WebSocket that was silent for so long is closed.</summary>
    public TimeSpan CloseAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>For the last commits before a Close, for the peer's Close, and for its end of the connection.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A peer that reads nothing of what waits for it is dropped after this.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often time-outs are looked at.</summary>
    public TimeSpan TickInterval { get; init; } = TimeSpan.FromSeconds(1);
}
