using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Slungd.Workflows.Wasm;
using static Slungd.Workflows.Wasm.WasmType;

namespace Slungd.Workflows.Abi;

/// <summary>The module `env` (design, section 7): live queries, history, writes and messages, and AssemblyScript's
/// abort. Where a handle or a producer is an i64, the earliest SDK has an i32: it gets that. A pointer outside of the
/// memory is a refused call, never a trap: the guest can see it in the result.</summary>
internal sealed class EnvFunctions(IGuestHost host, GuestMemory memory)
{
    public const string Module = "env";

    public const int MaxQueryBytes = 512 << 10;
    public const int MaxNumberBytes = 512;
    public const int MaxTagBytes = 1 << 20;
    public const int MaxUrlBytes = 8 << 10;
    public const int MaxBodyBytes = 1 << 20;
    private const int MaxAbortBytes = 1 << 10;

    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE"];

    private readonly ArrayBufferWriter<byte> _json = new(256);

    /// <summary>The function in each type it may be imported with; null when there is none of that name.</summary>
    public HostEntry[]? Find(string name) => name switch
    {
        "u_query_live" => Entries(new([I32], [I64]), Signatures.I32ToI32, QueryLive, QueryLive),
        "u_query_history" => [new HostEntry(new([I32], [F64]), QueryHistory)],
        "u_poll_handle" => Entries(new([I64], [I32]), Signatures.I32ToI32,
            (ref HostCall call) => Poll(ref call, call.I64(0)), (ref HostCall call) => Poll(ref call, call.U32(0))),
        "u_free_handle" => Entries(new([I64], [I32]), Signatures.I32ToI32,
            (ref HostCall call) => Free(ref call, call.I64(0)), (ref HostCall call) => Free(ref call, call.U32(0))),
        "u_write_event" => [new HostEntry(Signatures.ThreeI32, WriteEvent)],
        "u_writeback_http" => [new HostEntry(Signatures.ThreeI32, CallHttp)],
        "u_writeback_ws" => Entries(new([I64, I32], [I32]), Signatures.TwoI32,
            (ref HostCall call) => SendText(ref call, (ulong)call.I64(0)),
            (ref HostCall call) => SendText(ref call, call.U32(0))),
        "abort" => [new HostEntry(new([I32, I32, I32, I32], []), Abort)],
        _ => null,
    };

    private static HostEntry[] Entries(WasmSignature wide, WasmSignature narrow, HostFunction forWide,
        HostFunction forNarrow) => [new HostEntry(wide, forWide), new HostEntry(narrow, forNarrow)];

    private void QueryLive(ref HostCall call)
    {
        if (Enter(ref call) is not { } guest) return;
        bool isRead = Region.TryRead(guest, call.U32(0), MaxQueryBytes, host, out Span<byte> text);
        call.Return(isRead ? host.QueryLive(Encoding.UTF8.GetString(text)) : 0L);
    }

    private void QueryHistory(ref HostCall call)
    {
        if (Enter(ref call) is not { } guest) return;
        bool isRead = Region.TryRead(guest, call.U32(0), MaxQueryBytes, host, out Span<byte> text);
        double value = 0;
        if (isRead) host.TryQueryHistory(Encoding.UTF8.GetString(text), out value, out _);
        call.Return(value);
    }

    private void Poll(ref HostCall call, long handle)
    {
        if (Enter(ref call) is null) return;
        _json.ResetWrittenCount();
        bool isThere = host.TryPoll(handle, _json, isFirst: true);
        if (!isThere && host.IsEnding)
        {
            call.Exit(0);
            return;
        }
        uint region = isThere ? memory.HandOver(ref call, _json.WrittenSpan) : 0;
        if (!call.Ended) call.Return((int)region);
    }

    private void Free(ref HostCall call, long handle)
    {
        if (Enter(ref call) is null) return;
        call.Return(host.Free(handle) ? 0 : 1);
    }

    private void WriteEvent(ref HostCall call)
    {
        if (Enter(ref call) is not { } guest) return;
        bool isRead = Region.TryRead(guest, call.U32(0), MaxNumberBytes, host, out Span<byte> timestamp)
            & Region.TryRead(guest, call.U32(1), MaxNumberBytes, host, out Span<byte> value)
            & Region.TryRead(guest, call.U32(2), MaxTagBytes, host, out Span<byte> tags);
        bool isKept = false;
        if (!isRead) host.RefuseWrite(Region.Expected);
        else if (!TryParse(timestamp, out long time)) host.RefuseWrite("expected an integer as timestamp");
        else if (!TryParse(value, out double number)) host.RefuseWrite("expected a decimal number as value");
        else isKept = host.Write(time, number, tags);
        call.Return(isKept ? 0 : 1);
    }

    private void SendText(ref HostCall call, ulong producer)
    {
        if (Enter(ref call) is not { } guest) return;
        bool isSent = Region.TryRead(guest, call.U32(1), MaxBodyBytes, host, out Span<byte> text)
            && host.SendText(producer, text);
        call.Return(isSent ? 0 : 1);
    }

    private void CallHttp(ref HostCall call)
    {
        if (Enter(ref call) is not { } guest) return;
        uint method = call.U32(2);
        byte[]? answer = null;
        bool isRead = Region.TryRead(guest, call.U32(0), MaxUrlBytes, host, out Span<byte> url)
            & Region.TryRead(guest, call.U32(1), MaxBodyBytes, host, out Span<byte> body);
        if (!isRead) host.RefuseHttp(Region.Expected);
        else if (method >= (uint)Methods.Length) host.RefuseHttp("expected as method 0 GET, 1 POST, 2 PUT or 3 DELETE");
        else answer = host.CallHttp(Encoding.UTF8.GetString(url), body, Methods[method]);
        uint region = answer is { Length: > 0 } ? memory.HandOver(ref call, answer) : 0;
        if (!call.Ended) call.Return((int)region);
    }

    /// <summary>abort(message, file, line, column), the texts as AssemblyScript has them: UTF-16 with its length in
    /// bytes in front.</summary>
    private void Abort(ref HostCall call)
    {
        if (memory.Of(ref call) is not { } guest) return;
        string message = ManagedText(guest, call.U32(0)), file = ManagedText(guest, call.U32(1));
        call.Trap($"abort: {message} at {file}:{call.U32(2)}:{call.U32(3)}");
    }

    /// <summary>The guest's memory; null when the call is over.</summary>
    private IWasmMemory? Enter(ref HostCall call)
    {
        host.LastError = null;
        return memory.Enter(ref call);
    }

    private static bool TryParse(ReadOnlySpan<byte> text, out long number) =>
        long.TryParse(text.Trim(" \t\r\n"u8), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private static bool TryParse(ReadOnlySpan<byte> text, out double number)
    {
        text = text.Trim(" \t\r\n"u8);
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint
            | NumberStyles.AllowExponent;
        // One that no float holds is no infinity.
        if (double.TryParse(text, style, CultureInfo.InvariantCulture, out number))
            return !double.IsInfinity(number) || !text.ContainsAnyInRange((byte)'0', (byte)'9');
        // As Rust prints it.
        bool isNegative = text.StartsWith("-"u8);
        if (isNegative || text.StartsWith("+"u8)) text = text[1..];
        if (!Ascii.EqualsIgnoreCase(text, "inf"u8)) return false;
        number = isNegative ? double.NegativeInfinity : double.PositiveInfinity;
        return true;
    }

    private static string ManagedText(IWasmMemory guest, uint pointer)
    {
        if (pointer < 4 || !guest.TrySlice(pointer - 4, 4, out Span<byte> header)) return "?";
        uint length = Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(header), MaxAbortBytes) & ~1u;
        return guest.TrySlice(pointer, length, out Span<byte> text) ? Encoding.Unicode.GetString(text) : "?";
    }
}
