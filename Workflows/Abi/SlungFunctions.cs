using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Slungd.Workflows.Wasm;
using static Slungd.Workflows.Wasm.WasmType;

namespace Slungd.Workflows.Abi;

/// <summary>The module `slung`: what `env` lacks. Many events in one call and many points in another, why the last call
/// was refused, and history that tells nothing from zero.</summary>
internal sealed class SlungFunctions(IGuestHost host, GuestMemory memory)
{
    public const string Module = "slung";

    private const int MaxRowBytes = 4 << 20, MaxEvents = 1_024;

    /// <summary>No more events are added to a batch of so much JSON.</summary>
    private const int EnoughJson = 1 << 20;

    private const int HistoryBytes = 16;

    private readonly ArrayBufferWriter<byte> _json = new(256), _event = new(256);

    /// <summary>The function in the type it may be imported with; null when there is none of that name.</summary>
    public HostEntry[]? Find(string name) => name switch
    {
        "last_error" => [new HostEntry(Signatures.ToI32, LastError)],
        "query_history" => [new HostEntry(Signatures.TwoI32, QueryHistory)],
        "poll_events" => [new HostEntry(new([I64, I32], [I32]), PollEvents)],
        "write_events" => [new HostEntry(Signatures.I32ToI32, WriteEvents)],
        _ => null,
    };

    /// <summary>last_error() -> Region: why the last call to `env` or `slung` was refused, or 0.</summary>
    private void LastError(ref HostCall call)
    {
        if (memory.Enter(ref call) is null) return;
        uint region = host.LastError is { } error ? memory.HandOver(ref call, Encoding.UTF8.GetBytes(error)) : 0;
        if (!call.Ended) call.Return((int)region);
    }

    /// <summary>query_history(query, result) -> 0 or 1: at `result` f64 value and u64 count.</summary>
    private void QueryHistory(ref HostCall call)
    {
        if (Enter(ref call) is not { } guest) return;
        if (!guest.TrySlice(call.U32(1), HistoryBytes, out Span<byte> result))
        {
            host.LastError = "expected 16 bytes inside of the memory for the result";
            call.Return(1);
            return;
        }
        bool isDone = false;
        if (Region.TryRead(guest, call.U32(0), EnvFunctions.MaxQueryBytes, host, out Span<byte> text)
            && host.TryQueryHistory(Encoding.UTF8.GetString(text), out double value, out long count))
        {
            isDone = true;
            BinaryPrimitives.WriteDoubleLittleEndian(result, value);
            BinaryPrimitives.WriteInt64LittleEndian(result[8..], count);
        }
        call.Return(isDone ? 0 : 1);
    }

    /// <summary>poll_events(handle, most) -> Region with a JSON array of events, or 0.</summary>
    private void PollEvents(ref HostCall call)
    {
        if (Enter(ref call) is null) return;
        (long handle, uint most) = (call.I64(0), Math.Min(call.U32(1), MaxEvents));
        _json.ResetWrittenCount();
        for (uint i = 0; i < most && _json.WrittenCount < EnoughJson; i++)
        {
            _event.ResetWrittenCount();
            if (!host.TryPoll(handle, _event, isFirst: i == 0)) break;
            _json.Write(i == 0 ? "["u8 : ","u8);
            _json.Write(_event.WrittenSpan);
        }
        if (_json.WrittenCount == 0 && host.IsEnding)
        {
            call.Exit(0);
            return;
        }
        uint region = 0;
        if (_json.WrittenCount > 0)
        {
            _json.Write("]"u8);
            region = memory.HandOver(ref call, _json.WrittenSpan);
        }
        if (!call.Ended) call.Return((int)region);
    }

    /// <summary>write_events(rows) -> how many were written; -1 when they can't be read, and none was.</summary>
    private void WriteEvents(ref HostCall call)
    {
        if (Enter(ref call) is not { } guest) return;
        int written = -1;
        if (!Region.TryRead(guest, call.U32(0), MaxRowBytes, host, out Span<byte> bytes))
            host.RefuseWrite(Region.Expected);
        else if (!EventRows.TryRead(bytes, out EventRows rows))
            host.RefuseWrite("expected whole events, one or more");
        else written = host.Write(rows);
        call.Return(written);
    }

    private IWasmMemory? Enter(ref HostCall call)
    {
        host.LastError = null;
        return memory.Enter(ref call);
    }
}
