using System;
using System.Buffers.Binary;
using Slungd.Tests.Workflows.Abi;
using Slungd.Workflows.Abi;
using Slungd.Workflows.Wasm;

namespace Slungd.Tests.Fuzz;

/// <summary>A hostile guest calls the host: any function, any arguments, any memory, an allocator that answers
/// anything. Every call returns or traps; nothing throws.</summary>
internal static class GuestCallsFuzz
{
    private static readonly string[] EnvNames =
    [
        "u_query_live", "u_query_history", "u_poll_handle", "u_free_handle", "u_write_event", "u_writeback_http",
        "u_writeback_ws", "abort",
    ];

    private static readonly string[] WasiNames =
    [
        "args_get", "args_sizes_get", "environ_get", "environ_sizes_get", "clock_res_get", "clock_time_get",
        "fd_close", "fd_fdstat_get", "fd_fdstat_set_flags", "fd_filestat_get", "fd_prestat_get", "fd_prestat_dir_name",
        "fd_read", "fd_seek", "fd_write", "poll_oneoff", "proc_exit", "random_get", "sched_yield",
    ];

    private static readonly string[] SlungNames = ["poll_events", "write_events", "query_history", "last_error"];

    public static readonly byte[][] Seeds =
    [
        [28, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 21, 0, 0, 0, 21, 0, 0, 0],
        [0, 16, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0, 65, 86, 71, 58, 99],
        [22, 2, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 64, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9],
    ];

    /// <summary>A byte for the function, four arguments of 4 bytes, then what stands in the memory from 16 on.
    /// </summary>
    public static void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < 17) return;
        GuestRecord host = new() { Environment = ["A=1"], HttpAnswer = new byte[300] };
        host.OnSleep = _ => host.IsEnding = true;
        host.Events.Enqueue("{\"value\":1}");
        PlainGuest guest = new(host);
        ReadOnlySpan<byte> memory = input[17..];
        memory[..Math.Min(memory.Length, 60_000)].CopyTo(guest.Bytes.AsSpan(16));
        uint anywhere = BinaryPrimitives.ReadUInt32LittleEndian(input[13..]);
        if ((input[0] & 0x80) != 0) guest.OnAllocate = size => anywhere + (uint)size;
        string[] names = [.. EnvNames, .. WasiNames, .. SlungNames];
        string name = names[(input[0] & 0x7F) % names.Length];
        HostEntry[]? entries = guest.Env.Find(name) ?? guest.Wasi.Find(name) ?? guest.Slung.Find(name);
        foreach (HostEntry entry in entries!)
        {
            ulong[] slots = new ulong[Math.Max(1, entry.Signature.ParamSlots)];
            for (int i = 0; i < entry.Signature.ParamSlots; i++)
                slots[i] = BinaryPrimitives.ReadUInt32LittleEndian(input[(1 + 4 * i)..]);
            HostCall call = new(guest, slots);
            entry.Function(ref call);
        }
    }
}
