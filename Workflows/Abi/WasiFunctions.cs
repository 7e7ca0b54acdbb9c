using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using Slungd.Native.Os;
using Slungd.Workflows.Wasm;
using static Slungd.Workflows.Wasm.WasmType;

namespace Slungd.Workflows.Abi;

/// <summary>WASI preview 1 as far as a guest with a standard library needs it: output, environment, clocks, random
/// bytes, the end. There are three streams and no files. Every pointer is checked: EFAULT.
/// https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md</summary>
internal sealed partial class WasiFunctions(IGuestHost host, GuestMemory memory)
{
    public const string Module = "wasi_snapshot_preview1";

    private const uint MaxParts = 1_024;

    /// <summary>Of one fd_write; the rest counts as written and is not looked at.</summary>
    private const int MaxOutputBytes = 64 << 10;
    private const uint MaxRandomBytes = 64 << 10;

    /// <summary>Clock 0 counts since 1970, clock 1 since some time; those of processor time are not shown.</summary>
    private const uint LastClock = 1;

    private static readonly WasmSignature Seek = new([I32, I64, I32, I32], [I32]);
    private static readonly WasmSignature ClockTime = new([I32, I64, I32], [I32]);

    private delegate Errno WasiFunction(ref HostCall call, IWasmMemory guest);

    /// <summary>Null when nothing of that name is offered.</summary>
    public HostEntry[]? Find(string name) => name switch
    {
        "args_get" => Entry(Signatures.TwoI32, (ref call, guest) => PutTexts(ref call, guest, Arguments)),
        "args_sizes_get" => Entry(Signatures.TwoI32, (ref call, guest) => PutSizes(ref call, guest, Arguments)),
        "environ_get" => Entry(Signatures.TwoI32, (ref call, guest) => PutTexts(ref call, guest, Variables)),
        "environ_sizes_get" =>
            Entry(Signatures.TwoI32, (ref call, guest) => PutSizes(ref call, guest, Variables)),
        "clock_res_get" => Entry(Signatures.TwoI32, ClockResolution),
        "clock_time_get" => Entry(ClockTime, ClockNow),
        "fd_close" => Entry(Signatures.I32ToI32, static (ref call, _) => FileOf(call.U32(0))),
        "fd_fdstat_get" => Entry(Signatures.TwoI32, StreamState),
        "fd_fdstat_set_flags" => Entry(Signatures.TwoI32, static (ref call, _) => FileOf(call.U32(0))),
        "fd_filestat_get" => Entry(Signatures.TwoI32, FileState),
        "fd_prestat_get" => Entry(Signatures.TwoI32, static (ref _, _) => Errno.BadFile),
        "fd_prestat_dir_name" => Entry(Signatures.ThreeI32, static (ref _, _) => Errno.BadFile),
        "fd_read" => Entry(Signatures.FourI32, Read),
        "fd_seek" => Entry(Seek, static (ref call, _) => IsStream(call.U32(0)) ? Errno.NotSeekable : Errno.BadFile),
        "fd_write" => Entry(Signatures.FourI32, Write),
        "poll_oneoff" => Entry(Signatures.FourI32, Poll),
        "proc_exit" => [new HostEntry(Signatures.I32, static (ref HostCall call) => call.Exit(call.I32(0)))],
        "random_get" => Entry(Signatures.TwoI32, Random),
        "sched_yield" => Entry(Signatures.ToI32, static (ref _, _) => Errno.Success),
        _ => null,
    };

    private HostEntry[] Entry(WasmSignature signature, WasiFunction function) =>
    [
        new HostEntry(signature, (ref HostCall call) =>
        {
            if (memory.Of(ref call) is not { } guest) return;
            Errno errno = function(ref call, guest);
            if (!call.Ended) call.Return((int)errno);
        }),
    ];

    private static bool IsStream(uint file) => file <= 2;

    private static Errno FileOf(uint file) => IsStream(file) ? Errno.Success : Errno.BadFile;

    // Made once: a guest may ask for them all the time.
    private byte[][] Arguments => field ??= Encode([host.Name]);

    private byte[][] Variables => field ??= Encode(host.Environment);

    /// <summary>Each ended by NUL.</summary>
    private static byte[][] Encode(IReadOnlyList<string> texts)
    {
        byte[][] encoded = new byte[texts.Count][];
        for (int i = 0; i < encoded.Length; i++) encoded[i] = Encoding.UTF8.GetBytes(texts[i] + "\0");
        return encoded;
    }

    private static Errno PutSizes(ref HostCall call, IWasmMemory guest, byte[][] texts)
    {
        int bytes = 0;
        foreach (byte[] text in texts) bytes += text.Length;
        return TryPut32(guest, call.U32(0), (uint)texts.Length) && TryPut32(guest, call.U32(1), (uint)bytes)
            ? Errno.Success : Errno.Fault;
    }

    /// <summary>An array of pointers, and what they point to.</summary>
    private static Errno PutTexts(ref HostCall call, IWasmMemory guest, byte[][] texts)
    {
        ulong pointers = call.U32(0), at = call.U32(1);
        for (int i = 0; i < texts.Length; i++)
        {
            byte[] text = texts[i];
            ulong pointer = pointers + 4 * (ulong)i;
            if (at + (ulong)text.Length > uint.MaxValue || pointer > uint.MaxValue - 4
                || !TryPut32(guest, (uint)pointer, (uint)at)
                || !guest.TrySlice((uint)at, (uint)text.Length, out Span<byte> room))
                return Errno.Fault;
            text.CopyTo(room);
            at += (ulong)text.Length;
        }
        return Errno.Success;
    }

    private static Errno ClockResolution(ref HostCall call, IWasmMemory guest)
    {
        if (call.U32(0) > LastClock) return Errno.Invalid;
        return TryPut64(guest, call.U32(1), 100) ? Errno.Success : Errno.Fault;
    }

    private Errno ClockNow(ref HostCall call, IWasmMemory guest)
    {
        if (call.U32(0) > LastClock) return Errno.Invalid;
        return TryPut64(guest, call.U32(2), NowNanoseconds(call.U32(0))) ? Errno.Success : Errno.Fault;
    }

    private ulong NowNanoseconds(uint clock)
    {
        long ticks = clock == 0 ? (host.Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks
            : host.Clock.GetElapsedTime(0).Ticks;
        return (ulong)Math.Max(0, ticks) * 100;
    }

    /// <summary>A terminal that is read and written, and can nothing else.</summary>
    private static Errno StreamState(ref HostCall call, IWasmMemory guest)
    {
        if (!IsStream(call.U32(0))) return Errno.BadFile;
        if (!guest.TrySlice(call.U32(1), 24, out Span<byte> state)) return Errno.Fault;
        state.Clear();
        state[0] = CharacterDevice;
        const ulong read = 1 << 1, write = 1 << 6, poll = 1 << 27;
        BinaryPrimitives.WriteUInt64LittleEndian(state[8..], poll | (call.U32(0) == 0 ? read : write));
        return Errno.Success;
    }

    private const byte CharacterDevice = 2;

    private static Errno FileState(ref HostCall call, IWasmMemory guest)
    {
        if (!IsStream(call.U32(0))) return Errno.BadFile;
        if (!guest.TrySlice(call.U32(1), 64, out Span<byte> state)) return Errno.Fault;
        state.Clear();
        state[16] = CharacterDevice;
        return Errno.Success;
    }

    /// <summary>Standard input is at its end.</summary>
    private static Errno Read(ref HostCall call, IWasmMemory guest)
    {
        if (call.U32(0) != 0) return Errno.BadFile;
        if (call.U32(2) > MaxParts) return Errno.Invalid;
        if (!guest.TrySlice(call.U32(1), call.U32(2) * 8, out _)) return Errno.Fault;
        return TryPut32(guest, call.U32(3), 0) ? Errno.Success : Errno.Fault;
    }

    private Errno Write(ref HostCall call, IWasmMemory guest)
    {
        if (call.U32(0) is not (1 or 2)) return Errno.BadFile;
        if (call.U32(2) > MaxParts) return Errno.Invalid;
        if (!guest.TrySlice(call.U32(1), call.U32(2) * 8, out Span<byte> parts)) return Errno.Fault;
        ulong written = 0;
        int left = MaxOutputBytes;
        for (; !parts.IsEmpty; parts = parts[8..])
        {
            uint at = BinaryPrimitives.ReadUInt32LittleEndian(parts);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(parts[4..]);
            if (!guest.TrySlice(at, length, out Span<byte> part)) return Errno.Fault;
            written += length;
            int shown = Math.Min(part.Length, left);
            left -= shown;
            if (shown > 0) host.Print((int)call.U32(0), part[..shown]);
        }
        if (written > uint.MaxValue) return Errno.Invalid;
        return TryPut32(guest, call.U32(3), (uint)written) ? Errno.Success : Errno.Fault;
    }

    private static Errno Random(ref HostCall call, IWasmMemory guest)
    {
        if (call.U32(1) > MaxRandomBytes) return Errno.Invalid;
        if (!guest.TrySlice(call.U32(0), call.U32(1), out Span<byte> room)) return Errno.Fault;
        SystemRandom.Fill(room);
        return Errno.Success;
    }

    private static bool TryPut32(IWasmMemory guest, uint at, uint value)
    {
        bool isIn = guest.TrySlice(at, 4, out Span<byte> room);
        if (isIn) BinaryPrimitives.WriteUInt32LittleEndian(room, value);
        return isIn;
    }

    private static bool TryPut64(IWasmMemory guest, uint at, ulong value)
    {
        bool isIn = guest.TrySlice(at, 8, out Span<byte> room);
        if (isIn) BinaryPrimitives.WriteUInt64LittleEndian(room, value);
        return isIn;
    }
}
