using System;
using System.Collections.Generic;
using Slungd.Tests.Workflows.Wasm;
using Slungd.Workflows.Wasm;
using static Slungd.Workflows.Wasm.WasmType;

namespace Slungd.Tests.Workflows.Supervisor;

/// <summary>Guests that try everything. `call` returns how many of their attempts had another answer than a refusal.
/// </summary>
internal sealed partial class Guests
{
    private const uint GiantPages = 1_000;

    /// <summary>Hands each host function pointers and Regions that lie outside of its memory, wrap around, or are far
    /// too long.</summary>
    public static byte[] BadPointers()
    {
        Guests guest = new(GiantPages);
        int live = guest.Env("u_query_live", [I32], I64), history = guest.Env("u_query_history", [I32], F64);
        int write = guest.Env("u_write_event", [I32, I32, I32], I32);
        int http = guest.Env("u_writeback_http", [I32, I32, I32], I32);
        int send = guest.Env("u_writeback_ws", [I64, I32], I32);
        int total = guest._module.Import("slung", "query_history", guest._module.Type([I32, I32], I32));
        int many = guest._module.Import("slung", "write_events", guest._module.Type([I32], I32));
        int print = guest.Wasi("fd_write", I32, I32, I32, I32), random = guest.Wasi("random_get", I32, I32);
        int clock = guest.Wasi("clock_time_get", I32, I64, I32), environment = guest.Wasi("environ_get", I32, I32);
        int sizes = guest.Wasi("environ_sizes_get", I32, I32);
        int sleep = guest.Wasi("poll_oneoff", I32, I32, I32, I32);
        int end = (int)(GiantPages << 16);
        List<byte> call = [];
        foreach (int pointer in (int[])[-1, -12, end, end - 11, guest.Region(-16, 32), guest.Region(0, -1),
            guest.Region(end - 1, 2), guest.Region(0, end), guest.Region(0, 2 << 20), guest.Region(int.MinValue, -1)])
        {
            byte[] bad = Const(pointer);
            call.AddRange([.. bad, 0x10, (byte)live, 0x50, 0x45, .. Count]);
            call.AddRange([.. bad, 0x10, (byte)history, 0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0x62, .. Count]);
            call.AddRange([.. bad, .. bad, .. bad, 0x10, (byte)write, .. Unless(1)]);
            call.AddRange([.. bad, .. bad, .. Const(1), 0x10, (byte)http, .. Unless(0)]);
            call.AddRange([0x42, 1, .. bad, 0x10, (byte)send, .. Unless(1)]);
            call.AddRange([.. bad, .. Const(64), 0x10, (byte)total, .. Unless(1)]);
            call.AddRange([.. bad, 0x10, (byte)many, .. Unless(-1)]);
        }
        const int fault = 21, invalid = 28;
        foreach (int pointer in (int[])[-1, -4, end, end - 3])
        {
            byte[] bad = Const(pointer), good = Const(64);
            call.AddRange([.. Const(1), .. bad, .. Const(1), .. good, 0x10, (byte)print, .. Unless(fault)]);
            call.AddRange([.. bad, .. Const(100), 0x10, (byte)random, .. Unless(fault)]);
            call.AddRange([.. Const(0), 0x42, 0, .. bad, 0x10, (byte)clock, .. Unless(fault)]);
            call.AddRange([.. bad, .. bad, 0x10, (byte)sizes, .. Unless(fault)]);
            call.AddRange([.. bad, .. good, .. Const(1), .. good, 0x10, (byte)sleep, .. Unless(fault)]);
        }
        call.AddRange([.. Const(1), .. Const(0), .. Const(-1), .. Const(0), 0x10, (byte)print, .. Unless(invalid)]);
        call.AddRange([.. Const(-1), .. Const(-1), 0x10, (byte)environment, .. Unless(0)]); // there is nothing to put
        return guest.Build([I32], [.. call, 0x20, 0]);
    }

    /// <summary>Polls and frees handles that are not its own, and sends to connections that are not there.</summary>
    public static byte[] HandleGuesser()
    {
        Guests guest = new();
        int poll = guest.Env("u_poll_handle", [I64], I32), free = guest.Env("u_free_handle", [I64], I32);
        int send = guest.Env("u_writeback_ws", [I64, I32], I32);
        List<byte> call = [];
        foreach (long handle in (long[])[0, 1, 2, 3, 100, 1L << 32, long.MaxValue, -1, long.MinValue])
        {
            byte[] guess = [0x42, .. WasmBuilder.Signed(handle)];
            call.AddRange([.. guess, 0x10, (byte)poll, .. Unless(0)]);
            call.AddRange([.. guess, 0x10, (byte)free, .. Unless(1)]);
        }
        foreach (long producer in (long[])[0, 1L << 40, -1])
            call.AddRange([0x42, .. WasmBuilder.Signed(producer), .. guest.Text("x"), 0x10, (byte)send, .. Unless(1)]);
        return guest.Build([I32], [.. call, 0x20, 0]);
    }

    /// <summary>Grows its memory as long as it can, writes to all of it, then spins.</summary>
    public static byte[] TouchingBomb() => new Guests().Build([],
    [
        0x03, 0x40, .. Const(16), 0x40, 0, .. Const(-1), 0x47, 0x0D, 0, 0x0B,
        .. Const(0), .. Const(1), 0x3F, 0, .. Const(16), 0x74, 0xFC, 11, 0,
        0x03, 0x40, 0x0C, 0, 0x0B, 0x00,
    ]);

    /// <summary>An allocator that answers a place outside of the memory.</summary>
    public static byte[] MisplacingAllocator(string query)
    {
        Guests guest = new() { _allocator = Const(-8) };
        int live = guest.Env("u_query_live", [I32], I64), poll = guest.Env("u_poll_handle", [I64], I32);
        return guest.PollLoop(live, poll, query, []);
    }

    /// <summary>An allocator that never answers.</summary>
    public static byte[] SpinningAllocator(string query)
    {
        Guests guest = new() { _allocator = [0x03, 0x40, 0x0C, 0, 0x0B, 0x00] };
        int live = guest.Env("u_query_live", [I32], I64), poll = guest.Env("u_poll_handle", [I64], I32);
        return guest.PollLoop(live, poll, query, []);
    }

    /// <summary>Begins so many live queries, keeps those that it gets, and asks the first one for events.</summary>
    public static byte[] BeginMany(string query, int times)
    {
        Guests guest = new();
        int live = guest.Env("u_query_live", [I32], I64), poll = guest.Env("u_poll_handle", [I64], I32);
        byte[] begin = [.. guest.Text(query), 0x10, (byte)live, 0x1A], call = [];
        for (int i = 0; i < times; i++) call = [.. call, .. begin];
        return guest.Build([], [.. call, 0x03, 0x40, 0x42, 1, 0x10, (byte)poll, 0x1A, 0x0C, 0, 0x0B, 0x00]);
    }

    /// <summary>Calls itself so many levels deep below `call`, and comes back.</summary>
    /// <param name="calls">At least one.</param>
    /// <param name="locals">Of each level, of 8 bytes.</param>
    public static byte[] Nest(int calls, int locals)
    {
        Guests guest = new();
        WasmType[] types = new WasmType[locals];
        Array.Fill(types, I64);
        int self = guest._module.Function(guest._module.Type([I32], I32), types,
        [
            0x20, 0, 0x45, 0x04, (byte)I32, .. Const(0), 0x05, 0x20, 0, .. Const(1), 0x6B, 0x10, 0, 0x0B,
        ]);
        return guest.Build([], [.. Const(calls - 1), 0x10, (byte)self]);
    }

    /// <summary>Sleeps for an hour, again and again.</summary>
    public static byte[] Sleeper()
    {
        Guests guest = new();
        int sleep = guest.Wasi("poll_oneoff", I32, I32, I32, I32);
        byte[] subscription = new byte[48];
        BitConverter.TryWriteBytes(subscription.AsSpan(16), 1); // the monotonic clock
        BitConverter.TryWriteBytes(subscription.AsSpan(24), 3_600_000_000_000L);
        guest._module.Data(512, subscription);
        return guest.Build([], [0x03, 0x40, .. Const(512), .. Const(640), .. Const(1), .. Const(700),
            0x10, (byte)sleep, 0x1A, 0x0C, 0, 0x0B, 0x00]);
    }

    // Adds what is on the stack, 0 or 1, to local 0.
    private static byte[] Count => [0x20, 0, 0x6A, 0x21, 0];

    private static byte[] Unless(int expected) => [.. Const(expected), 0x47, .. Count];

    private static byte[] Const(int value) => [ConstI32, .. WasmBuilder.Signed(value)];

    private int Wasi(string name, params WasmType[] parameters) =>
        _module.Import("wasi_snapshot_preview1", name, _module.Type(parameters, I32));

    /// <summary>A Region with these bounds.</summary>
    private int Region(int offset, int length)
    {
        int at = _data;
        _module.Data(at, [.. BitConverter.GetBytes(offset), .. BitConverter.GetBytes(length),
            .. BitConverter.GetBytes(length)]);
        _data += 16;
        return at;
    }
}
