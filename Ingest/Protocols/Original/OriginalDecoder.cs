using System;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols.Original;

/// <summary>The protocol without a subprotocol (design, section 4.1): one event per message, text or binary, and
/// never a reply. What can't be read or is refused is counted.</summary>
internal sealed class OriginalDecoder : MessageDecoder
{
    private readonly EventBatch _batch;
    private readonly ProtocolCounters _counters;
    private readonly ulong _producer;

    public OriginalDecoder(EventBatch batch, ProtocolCounters counters, ulong producer)
    {
        _batch = batch;
        _counters = counters;
        _producer = producer;
    }

    // An event is valid only when it ends with its message.
    public override int Needed => int.MaxValue;

    public override int Decode(ReadOnlySpan<byte> payload, bool final)
    {
        if (!final) return 0;
        _counters.Messages++;
        if (EventLayout.Measure(payload) != payload.Length)
        {
            Malformed++;
            _counters.Malformed++;
            return payload.Length;
        }
        if (_batch.TryAdd(payload)) return payload.Length;
        Flush();
        if (!_batch.TryAdd(payload)) AppendOne(payload);
        return payload.Length;
    }

    public override void Flush()
    {
        if (_batch.Count == 0) return;
        _counters.Points += _batch.Count;
        _batch.Append(_producer);
        _counters.Add(_batch.Refusals);
    }

    private void AppendOne(ReadOnlySpan<byte> item)
    {
        _counters.Points++;
        _batch.AppendOne(_producer, item);
        _counters.Add(_batch.Refusals);
    }
}
