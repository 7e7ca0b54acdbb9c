using System;
using System.Buffers;
using System.Collections.Generic;

namespace Slungd.Workflows.Abi;

/// <summary>What a guest's calls do, once their arguments were read and checked. Called on the guest's thread; nothing
/// here keeps a span, and nothing throws for what a guest asks.</summary>
internal interface IGuestHost
{
    /// <summary>The first of the guest's arguments.</summary>
    string Name { get; }

    /// <summary>`NAME=value` each, without NUL.</summary>
    IReadOnlyList<string> Environment { get; }

    TimeProvider Clock { get; }

    /// <summary>The guest is to end at its next call.</summary>
    bool IsEnding { get; }

    /// <summary>Why the last call was refused; null when it was not.</summary>
    string? LastError { get; set; }

    /// <summary>Begins a live query.</summary>
    /// <returns>A handle from 1; 0 when it was refused.</returns>
    long QueryLive(string query);

    /// <summary>The aggregate, 0 when there is none, and how many points it is of; false when the query is refused.
    /// </summary>
    bool TryQueryHistory(string query, out double value, out long count);

    /// <summary>Writes the next event of a handle as JSON. False when there is none.</summary>
    /// <param name="handle">Any number.</param>
    /// <param name="json">Gets the event.</param>
    /// <param name="isFirst">It may wait a few milliseconds for one; else the event belongs to those before.</param>
    bool TryPoll(long handle, IBufferWriter<byte> json, bool isFirst);

    /// <summary>False when there is no such handle.</summary>
    bool Free(long handle);

    /// <summary>Writes a point.</summary>
    /// <param name="timestamp">In store precision.</param>
    /// <param name="value">Any float.</param>
    /// <param name="tags">See <see cref="EventTags"/>.</param>
    /// <returns>False when it was refused.</returns>
    bool Write(long timestamp, double value, ReadOnlySpan<byte> tags);

    /// <summary>A point was refused before it came to that: its texts can't be read.</summary>
    void RefuseWrite(string why);

    /// <summary>Writes points at once.</summary>
    /// <param name="rows">Well-formed.</param>
    /// <returns>How many were not refused.</returns>
    int Write(EventRows rows);

    /// <summary>Sends a text message to a connection; false when that can't be.</summary>
    bool SendText(ulong producer, ReadOnlySpan<byte> text);

    /// <summary>Makes an HTTP request and waits for the answer.</summary>
    /// <param name="url">As the guest gave it.</param>
    /// <param name="body">Always sent.</param>
    /// <param name="method">One of GET, POST, PUT, DELETE.</param>
    /// <returns>The answer's body, whatever its status; null when there was none or the call was refused.</returns>
    byte[]? CallHttp(string url, ReadOnlySpan<byte> body, string method);

    /// <summary>A request was refused before it came to that: its arguments can't be read.</summary>
    void RefuseHttp(string why);

    /// <summary>Takes output of the guest.</summary>
    /// <param name="stream">1 or 2.</param>
    /// <param name="bytes">Any bytes.</param>
    void Print(int stream, ReadOnlySpan<byte> bytes);

    /// <summary>Waits; ends early when the guest is to end.</summary>
    void Sleep(TimeSpan duration);
}
