using System.Buffers;
using System.Text.Json;
using System.Threading;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Hosting;

/// <summary>What both ports answer to `/health` and `/ready` (design, sections 4 and 6). Any thread.</summary>
internal sealed class Probes(IEventSink sink)
{
    private volatile bool _listening, _stopping;
    private volatile string? _failure;

    /// <summary>All doors are open.</summary>
    public void Listening() => _listening = true;

    /// <summary>The daemon shuts down: alive, but not ready.</summary>
    public void Stopping() => _stopping = true;

    /// <summary>A part of the daemon is broken for good, say why.</summary>
    public void Failed(string reason) => Interlocked.CompareExchange(ref _failure, reason, null);

    /// <summary>Liveness: always status 200, since it can answer.</summary>
    public byte[] Health()
    {
        string? reason = Reason();
        ArrayBufferWriter<byte> body = new();
        using (Utf8JsonWriter json = new(body))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, "ok"u8);
            if (reason is not null)
            {
                json.WriteString("writes"u8, "refused"u8);
                json.WriteString("reason"u8, reason);
            }
            json.WriteEndObject();
        }
        return body.WrittenSpan.ToArray();
    }

    /// <summary>Readiness: all doors listen, recovery done, writes accepted, not shutting down; else false, and the
    /// body says why.</summary>
    public bool Ready(out byte[] body)
    {
        string? reason = Reason() ?? (_listening ? null : "not all ports listen yet");
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, reason is null ? "ready"u8 : "not ready"u8);
            if (reason is not null) json.WriteString("reason"u8, reason);
            json.WriteEndObject();
        }
        body = buffer.WrittenSpan.ToArray();
        return reason is null;
    }

    /// <summary>Why writes are not accepted; null while they are.</summary>
    private string? Reason()
    {
        if (_stopping) return "shutting down";
        if (_failure is { } failure) return failure;
        return sink.State switch
        {
            SinkState.Ready => null,
            SinkState.Recovering => sink.StateReason ?? "recovery is going on",
            SinkState.MemoryShort => sink.StateReason ?? "memory is short",
            SinkState.DiskShort => sink.StateReason ?? "the disk is short",
            _ => sink.StateReason ?? "shutting down",
        };
    }
}
