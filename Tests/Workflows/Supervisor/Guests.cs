using System.Collections.Generic;
using System.Text;
using Slungd.Tests.Workflows.Wasm;
using Slungd.Workflows.Wasm;
using static Slungd.Workflows.Wasm.WasmType;

namespace Slungd.Tests.Workflows.Supervisor;

/// <summary>Guests put together by hand: memory, an allocator that goes round, Regions with texts, and a `call`.
/// </summary>
internal sealed partial class Guests
{
    private const int HeapStart = 16_384, HeapEnd = 120_000, ConstI32 = 0x41;

    private readonly WasmBuilder _module = new();
    private int _data = 1_024;

    private Guests(uint pages = 2) => _module.Memory(pages);

    /// <summary>Sends each event of a live query, as it is, to a connection.</summary>
    public static byte[] Echo(string query, int producer)
    {
        Guests guest = new();
        int live = guest.Env("u_query_live", [I32], I64), poll = guest.Env("u_poll_handle", [I64], I32);
        int send = guest.Env("u_writeback_ws", [I64, I32], I32);
        byte[] each = [0x42, .. WasmBuilder.Signed(producer), 0x20, 0, 0x10, (byte)send, 0x1A];
        return guest.PollLoop(live, poll, query, each);
    }

    /// <summary>Sends each event to a connection, and traps after so many.</summary>
    public static byte[] EchoAndTrap(string query, int producer, int events)
    {
        Guests guest = new();
        int live = guest.Env("u_query_live", [I32], I64), poll = guest.Env("u_poll_handle", [I64], I32);
        int send = guest.Env("u_writeback_ws", [I64, I32], I32);
        int left = guest._module.Global(I32, [ConstI32, .. WasmBuilder.Signed(events)]);
        byte[] each =
        [
            0x42, .. WasmBuilder.Signed(producer), 0x20, 0, 0x10, (byte)send, 0x1A,
            0x23, (byte)left, ConstI32, 1, 0x6B, 0x24, (byte)left, 0x23, (byte)left, 0x45, 0x04, 0x40, 0x00, 0x0B,
        ];
        return guest.PollLoop(live, poll, query, each);
    }

    /// <summary>Writes a point for each event of a live query.</summary>
    public static byte[] Answer(string query, string tags)
    {
        Guests guest = new();
        int live = guest.Env("u_query_live", [I32], I64), poll = guest.Env("u_poll_handle", [I64], I32);
        int write = guest.Env("u_write_event", [I32, I32, I32], I32);
        byte[] each =
        [
            .. guest.Text("5"), .. guest.Text("1.5"), .. guest.Text(tags), 0x10, (byte)write, 0x1A,
        ];
        return guest.PollLoop(live, poll, query, each);
    }

    /// <summary>Writes a point for each event of a live query, after it has polled a second one, which is quiet.
    /// </summary>
    public static byte[] AnswerAfterLook(string query, string quiet, string tags)
    {
        Guests guest = new();
        int live = guest.Env("u_query_live", [I32], I64), poll = guest.Env("u_poll_handle", [I64], I32);
        int write = guest.Env("u_write_event", [I32, I32, I32], I32);
        byte[] each =
        [
            0x42, 2, 0x10, (byte)poll, 0x1A,
            .. guest.Text("5"), .. guest.Text("1.5"), .. guest.Text(tags), 0x10, (byte)write, 0x1A,
        ];
        return guest.PollLoop(live, poll, query, each, quiet);
    }

    /// <summary>Writes points at once, and returns how many were written.</summary>
    public static byte[] WriteMany(byte[] rows)
    {
        Guests guest = new();
        int write = guest._module.Import("slung", "write_events", guest._module.Type([I32], I32));
        return guest.Build([], [.. guest.Bytes(rows), 0x10, (byte)write]);
    }

    /// <summary>Calls a function for points, which returns 0 or how many were written, so many times.</summary>
    /// <param name="times">Of the calls.</param>
    /// <param name="rows">For write_events; null: one point by u_write_event.</param>
    public static byte[] WriteOften(int times, byte[]? rows)
    {
        Guests guest = new();
        int one = guest.Env("u_write_event", [I32, I32, I32], I32);
        int many = guest._module.Import("slung", "write_events", guest._module.Type([I32], I32));
        byte[] write = rows is null
            ? [.. guest.Text("5"), .. guest.Text("1.5"), .. guest.Text("series=out,site=eu"), 0x10, (byte)one, 0x1A]
            : [.. guest.Bytes(rows), 0x10, (byte)many, 0x1A];
        return guest.Build([I32],
        [
            ConstI32, .. WasmBuilder.Signed(times), 0x21, 0,
            0x03, 0x40, .. write, 0x20, 0, ConstI32, 1, 0x6B, 0x22, 0, 0x0D, 0, 0x0B, ConstI32, 0,
        ]);
    }

    /// <summary>Takes the events of a live query, and does nothing with them.</summary>
    public static byte[] Drain(string query)
    {
        Guests guest = new();
        int live = guest.Env("u_query_live", [I32], I64), poll = guest.Env("u_poll_handle", [I64], I32);
        return guest.PollLoop(live, poll, query, []);
    }

    /// <summary>The same, some at a time.</summary>
    public static byte[] DrainMany(string query, int most)
    {
        Guests guest = new();
        int live = guest.Env("u_query_live", [I32], I64);
        return guest.BatchLoop(live, query, most, []);
    }

    /// <summary>Sends each batch of events of a live query, as it is, to a connection.</summary>
    public static byte[] EchoMany(string query, int producer, int most)
    {
        Guests guest = new();
        int live = guest.Env("u_query_live", [I32], I64), send = guest.Env("u_writeback_ws", [I64, I32], I32);
        return guest.BatchLoop(live, query, most,
            [0x42, .. WasmBuilder.Signed(producer), 0x20, 0, 0x10, (byte)send, 0x1A]);
    }

    /// <summary>Writes one point, whose value is the history's aggregate, and ends.</summary>
    public static byte[] Copy(string query, string tags)
    {
        Guests guest = new();
        int history = guest.Env("u_query_history", [I32], F64);
        int write = guest.Env("u_write_event", [I32, I32, I32], I32);
        // The aggregate is a whole number of one digit.
        byte[] digit = [0x41, .. WasmBuilder.Signed(900), .. guest.Text(query), 0x10, (byte)history, 0xAA,
            0x41, .. WasmBuilder.Signed('0'), 0x6A, 0x3A, 0, 0];
        byte[] region = [0x41, .. WasmBuilder.Signed(912), 0x41, .. WasmBuilder.Signed(900), 0x36, 2, 0,
            0x41, .. WasmBuilder.Signed(920), 0x41, 1, 0x36, 2, 0];
        byte[] call = [.. guest.Text("7"), 0x41, .. WasmBuilder.Signed(912), .. guest.Text(tags), 0x10, (byte)write];
        return guest.Build([], [.. digit, .. region, .. call]);
    }

    /// <summary>Prints a line and returns a status.</summary>
    public static byte[] Print(string line, int status, bool forEver = false)
    {
        Guests guest = new();
        int write = guest._module.Import("wasi_snapshot_preview1", "fd_write",
            guest._module.Type([I32, I32, I32, I32], I32));
        byte[] text = Encoding.UTF8.GetBytes(line);
        guest._module.Data(600, text);
        guest._module.Data(592, [.. System.BitConverter.GetBytes(600), .. System.BitConverter.GetBytes(text.Length)]);
        byte[] print = [ConstI32, 1, ConstI32, .. WasmBuilder.Signed(592), ConstI32, 1, ConstI32,
            .. WasmBuilder.Signed(580), 0x10, (byte)write, 0x1A];
        if (forEver) print = [0x03, 0x40, .. print, 0x0C, 0, 0x0B];
        return guest.Build([], [.. print, ConstI32, .. WasmBuilder.Signed(status)]);
    }

    /// <summary>Prints each event of a live query as a line.</summary>
    public static byte[] Teller(string query)
    {
        const int texts = 560, written = 576, newLine = 584;
        Guests guest = new();
        int live = guest.Env("u_query_live", [I32], I64), poll = guest.Env("u_poll_handle", [I64], I32);
        int write = guest._module.Import("wasi_snapshot_preview1", "fd_write",
            guest._module.Type([I32, I32, I32, I32], I32));
        guest._module.Data(newLine, "\n"u8.ToArray());
        guest._module.Data(texts + 8, [.. System.BitConverter.GetBytes(newLine), 1, 0, 0, 0]);
        byte[] each =
        [
            ConstI32, .. WasmBuilder.Signed(texts), 0x20, 0, 0x28, 2, 0, 0x36, 2, 0,
            ConstI32, .. WasmBuilder.Signed(texts + 4), 0x20, 0, 0x28, 2, 8, 0x36, 2, 0,
            ConstI32, 1, ConstI32, .. WasmBuilder.Signed(texts), ConstI32, 2, ConstI32,
            .. WasmBuilder.Signed(written), 0x10, (byte)write, 0x1A,
        ];
        return guest.PollLoop(live, poll, query, each);
    }

    /// <summary>Calls a host that is not reached by anything else.</summary>
    public static byte[] CallHttp(string url)
    {
        Guests guest = new();
        int http = guest.Env("u_writeback_http", [I32, I32, I32], I32);
        return guest.Build([], [.. guest.Text(url), .. guest.Text("body"), ConstI32, 1, 0x10, (byte)http, 0x45]);
    }

    /// <summary>Begins a live query and ends it, some times; the last time it is to be refused.</summary>
    public static byte[] BeginAndEnd(string query, int times)
    {
        Guests guest = new();
        int live = guest.Env("u_query_live", [I32], I64), free = guest.Env("u_free_handle", [I64], I32);
        byte[] begin = [.. guest.Text(query), 0x10, (byte)live], call = [];
        for (int i = 1; i < times; i++) call = [.. call, .. begin, 0x10, (byte)free, 0x1A];
        return guest.Build([], [.. call, .. begin, 0x42, 0, 0x52]); // 1 unless the handle is 0
    }

    /// <summary>Asks for history, again and again.</summary>
    public static byte[] AskForEver(string query)
    {
        Guests guest = new();
        int history = guest.Env("u_query_history", [I32], F64);
        return guest.Build([], [0x03, 0x40, .. guest.Text(query), 0x10, (byte)history, 0x1A, 0x0C, 0, 0x0B, 0x00]);
    }

    /// <summary>Loops without a call.</summary>
    public static byte[] Spin() => new Guests().Build([], [0x03, 0x40, 0x0C, 0, 0x0B, 0x00]);

    public static byte[] Trap() => new Guests().Build([], [0x00]);

    /// <summary>Grows its memory as long as it can, then spins.</summary>
    public static byte[] Bomb() => new Guests().Build([],
        [0x03, 0x40, ConstI32, 16, 0x40, 0, ConstI32, 0x7F, 0x47, 0x0D, 0, 0x0B, 0x03, 0x40, 0x0C, 0, 0x0B, 0x00]);

    /// <summary>Calls itself without end.</summary>
    public static byte[] Recurse(int locals = 0)
    {
        Guests guest = new();
        WasmType[] types = new WasmType[locals];
        System.Array.Fill(types, I64);
        return guest.Build(types, [0x10, 1]); // 0 is allocate
    }

    /// <summary>Asks for more memory at the start than it may have.</summary>
    public static byte[] Huge()
    {
        WasmBuilder module = new();
        module.Memory(40_000);
        module.Function(module.Type([], I32), [], [ConstI32, 0], "call");
        return module.Build();
    }

    /// <summary>Traps in `allocate`, once there is an event.</summary>
    public static byte[] BadAllocator(string query)
    {
        Guests guest = new() { _allocator = [0x00] };
        int live = guest.Env("u_query_live", [I32], I64), poll = guest.Env("u_poll_handle", [I64], I32);
        return guest.PollLoop(live, poll, query, []);
    }

    private byte[]? _allocator;

    private int Env(string name, WasmType[] parameters, WasmType result) =>
        _module.Import("env", name, _module.Type(parameters, result));

    /// <summary>Code that pushes the place of a Region with this text.</summary>
    private byte[] Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));

    private byte[] Bytes(byte[] bytes)
    {
        int at = _data;
        List<byte> region = [.. System.BitConverter.GetBytes(at + 12), .. System.BitConverter.GetBytes(bytes.Length)];
        region.AddRange(System.BitConverter.GetBytes(bytes.Length));
        _module.Data(at, [.. region, .. bytes]);
        _data += (12 + bytes.Length + 7) & ~7;
        return [ConstI32, .. WasmBuilder.Signed(at)];
    }

    // local 0: the event's Region, local 1: the handle.
    private byte[] PollLoop(int live, int poll, string query, byte[] each, string? second = null) => Build([I32, I64],
    [
        .. Text(query), 0x10, (byte)live, 0x21, 1,
        .. second is null ? [] : (byte[])[.. Text(second), 0x10, (byte)live, 0x1A],
        0x03, 0x40, 0x20, 1, 0x10, (byte)poll, 0x22, 0, 0x45, 0x0D, 0, .. each, 0x0C, 0, 0x0B, 0x00,
    ]);

    // local 0: the batch's Region, local 1: the handle.
    private byte[] BatchLoop(int live, string query, int most, byte[] each)
    {
        int poll = _module.Import("slung", "poll_events", _module.Type([I64, I32], I32));
        return Build([I32, I64],
        [
            .. Text(query), 0x10, (byte)live, 0x21, 1,
            0x03, 0x40, 0x20, 1, ConstI32, .. WasmBuilder.Signed(most), 0x10, (byte)poll, 0x22, 0, 0x45, 0x0D, 0,
            .. each, 0x0C, 0, 0x0B, 0x00,
        ]);
    }

    private byte[] Build(WasmType[] locals, byte[] call)
    {
        int next = _module.Global(I32, [ConstI32, .. WasmBuilder.Signed(HeapStart)]);
        byte[] allocator = _allocator ??
        [
            0x23, (byte)next, 0x22, 1, 0x20, 0, 0x6A, ConstI32, 7, 0x6A, ConstI32, .. WasmBuilder.Signed(-8), 0x71,
            0x24, (byte)next,
            0x23, (byte)next, ConstI32, .. WasmBuilder.Signed(HeapEnd), 0x4B,
            0x04, 0x40, ConstI32, .. WasmBuilder.Signed(HeapStart), 0x24, (byte)next, 0x0B,
            0x20, 1,
        ];
        _module.Function(_module.Type([I32], I32), [I32], allocator, "allocate");
        _module.Function(_module.Type([], I32), locals, call, "call", "call");
        return _module.Build();
    }
}
