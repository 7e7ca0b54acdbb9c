using System;

namespace Slungd.Engine.Wal;

/// <summary>When the log is made durable (--wal-sync).</summary>
/// <param name="Mode">Which way.</param>
/// <param name="Interval">For <see cref="LogSyncMode.Interval"/>: how long after it was written a point may be lost in
/// a power cut.</param>
internal readonly record struct LogSync(LogSyncMode Mode, TimeSpan Interval)
{
    public static readonly LogSync Off = new(LogSyncMode.Off, TimeSpan.Zero);
    public static readonly LogSync Always = new(LogSyncMode.Always, TimeSpan.Zero);
    public static readonly LogSync EverySecond = Every(TimeSpan.FromSeconds(1));

    public static LogSync Every(TimeSpan interval) => new(LogSyncMode.Interval, interval);
}

internal enum LogSyncMode : byte
{
    /// <summary>There is no log: a crash loses what was not flushed.</summary>
    Off,
    /// <summary>Written before the ack, so that it survives the process; durable some time later.</summary>
    Interval,
    /// <summary>Durable before the ack.</summary>
    Always,
}
