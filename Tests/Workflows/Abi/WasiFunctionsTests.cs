using System;
using System.Buffers.Binary;
using System.Linq;
using System.Text;
using Slungd.Workflows.Abi;
using Slungd.Workflows.Wasm;
using Xunit;

namespace Slungd.Tests.Workflows.Abi;

public sealed class WasiFunctionsTests
{
    private readonly GuestRecord _host = new();
    private readonly PlainGuest _guest;

    public WasiFunctionsTests() => _guest = new PlainGuest(_host);

    [Fact]
    public void Output_is_gathered_from_its_parts()
    {
        "hello "u8.CopyTo(_guest.Bytes.AsSpan(100));
        "world"u8.CopyTo(_guest.Bytes.AsSpan(200));
        Part(16, 100, 6);
        Part(24, 200, 5);
        Assert.Equal(Errno.Success, _guest.Ask("fd_write", 2, 16, 2, 40));
        Assert.Equal(11, _guest.Int(40));
        Assert.Equal(["2: hello ", "2: world"], _host.Said);
    }

    [Theory]
    [InlineData(3, 16, 1, 40, Errno.BadFile)]
    [InlineData(0, 16, 1, 40, Errno.BadFile)]
    [InlineData(1, 16, 1, 65_533, Errno.Fault)]
    [InlineData(1, 65_532, 1, 40, Errno.Fault)]
    [InlineData(1, 16, 1_025, 40, Errno.Invalid)]
    [InlineData(1, 16, -1, 40, Errno.Invalid)]
    [InlineData(1, 32, 1, 40, Errno.Fault)] // a part that reaches past the end
    [InlineData(1, -1, 2, -1, Errno.Fault)]
    public void Bad_output_is_refused(int file, int parts, int count, int written, object expected)
    {
        Part(16, 100, 6);
        Part(32, 65_530, 7);
        Assert.Equal(expected, _guest.Ask("fd_write", (uint)file, (uint)parts, (uint)count, (uint)written));
    }

    [Fact]
    public void A_flood_of_output_is_cut_and_counts_as_written()
    {
        for (int i = 0; i < 1_000; i++) Part(16 + 8 * i, 0, 60_000);
        Assert.Equal(Errno.Success, _guest.Ask("fd_write", 1, 16, 1_000, 20_000));
        Assert.Equal(60_000_000, _guest.Int(20_000));
        Assert.Equal(2, _host.Said.Count);
    }

    [Fact]
    public void Environment_and_arguments()
    {
        _host.Environment = ["A=1", "LONG=é"];
        Assert.Equal(Errno.Success, _guest.Ask("environ_sizes_get", 0, 4));
        Assert.Equal((2, 4 + 8), (_guest.Int(0), _guest.Int(4)));
        Assert.Equal(Errno.Success, _guest.Ask("environ_get", 100, 200));
        Assert.Equal((200, 204), (_guest.Int(100), _guest.Int(104)));
        Assert.Equal("A=1\0LONG=é\0", Encoding.UTF8.GetString(_guest.Bytes, 200, 12));
        Assert.Equal(Errno.Fault, _guest.Ask("environ_get", 100, 65_530));
        Assert.Equal(Errno.Fault, _guest.Ask("environ_get", 65_533, 200));
        Assert.Equal(Errno.Fault, _guest.Ask("environ_get", 0xFFFF_FFFE, 0xFFFF_FFFE));
        Assert.Equal(Errno.Success, _guest.Ask("args_get", 100, 200));
        Assert.Equal("guest\0", Encoding.UTF8.GetString(_guest.Bytes, 200, 6));
    }

    [Fact]
    public void Clocks()
    {
        MovingClock clock = new();
        _host.Clock = clock;
        Assert.Equal(Errno.Success, _guest.Ask("clock_time_get", 0, 1, 8));
        Assert.Equal((clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100, _guest.Long(8));
        Assert.Equal(Errno.Success, _guest.Ask("clock_time_get", 1, 1, 8));
        Assert.Equal(Errno.Invalid, _guest.Ask("clock_time_get", 2, 1, 8));
        Assert.Equal(Errno.Fault, _guest.Ask("clock_time_get", 0, 1, 65_529));
        Assert.Equal(Errno.Success, _guest.Ask("clock_res_get", 0, 8));
        Assert.Equal(100, _guest.Long(8));
    }

    [Fact]
    public void There_are_three_streams_and_no_files()
    {
        Assert.Equal(Errno.BadFile, _guest.Ask("fd_prestat_get", 3, 0));
        Assert.Equal(Errno.NotSeekable, _guest.Ask("fd_seek", 1, 0, 0, 0));
        Assert.Equal(Errno.BadFile, _guest.Ask("fd_seek", 3, 0, 0, 0));
        Assert.Equal(Errno.Success, _guest.Ask("fd_close", 1));
        Assert.Equal(Errno.BadFile, _guest.Ask("fd_close", 4));
        Assert.Equal(Errno.Success, _guest.Ask("fd_fdstat_get", 1, 64));
        Assert.Equal(2, _guest.Bytes[64]);
        Assert.Equal(Errno.Fault, _guest.Ask("fd_fdstat_get", 1, 65_513));
        _guest.Bytes[8] = 9;
        Assert.Equal(Errno.Success, _guest.Ask("fd_read", 0, 0, 0, 8));
        Assert.Equal(0, _guest.Int(8));
    }

    [Fact]
    public void Random_bytes_fill_exactly_their_place()
    {
        Assert.Equal(Errno.Success, _guest.Ask("random_get", 100, 1_000));
        Assert.Equal(0, _guest.Bytes[99] + _guest.Bytes[1_100]);
        int[] counts = new int[256];
        for (int i = 100; i < 1_100; i++) counts[_guest.Bytes[i]]++;
        Assert.True(Array.TrueForAll(counts, static n => n < 30), "one byte comes far too often");
        Assert.Equal(Errno.Fault, _guest.Ask("random_get", 65_000, 600));
        Assert.Equal(Errno.Invalid, _guest.Ask("random_get", 0, 0xFFFF_FFFF));
    }

    [Fact]
    public void Sleeping_lasts_until_the_first_clock()
    {
        MovingClock clock = new();
        _host.Clock = clock;
        _host.OnSleep = time => clock.Advance(time);
        Subscribe(1_000, data: 7, timeout: 5_000_000_000);
        Subscribe(1_048, data: 8, timeout: 2_000_000_000);
        Assert.Equal(Errno.Success, _guest.Ask("poll_oneoff", 1_000, 2_000, 2, 40));
        Assert.Equal(1, _guest.Int(40));
        Assert.Equal(8, _guest.Long(2_000));
        Assert.Equal(0, _guest.Bytes[2_010]);
        Assert.InRange(_host.Slept.TotalSeconds, 2, 2.1);
        Assert.Equal(Errno.Invalid, _guest.Ask("poll_oneoff", 1_000, 2_000, 0, 40));
        Assert.Equal(Errno.Invalid, _guest.Ask("poll_oneoff", 1_000, 2_000, 0xFFFF_FFFF, 40));
        Assert.Equal(Errno.Fault, _guest.Ask("poll_oneoff", 65_500, 2_000, 1, 40));
    }

    [Fact]
    public void Sleep_ends_with_the_guest_and_exit_ends_it()
    {
        Subscribe(1_000, data: 7, timeout: ulong.MaxValue);
        _host.OnSleep = _ => _host.IsEnding = true;
        Assert.Equal(0, _guest.Try(_guest.Wasi.Find("poll_oneoff")![0], 1_000, 2_000, 1, 40).ExitStatus);
        Assert.Equal(3, _guest.Try(_guest.Wasi.Find("proc_exit")![0], 3).ExitStatus);
    }

    [Fact]
    public void Mistakes_in_subscriptions_are_events()
    {
        _host.Clock = new MovingClock();
        Subscribe(1_000, data: 1, timeout: 5_000_000_000);
        Subscribe(1_048, data: 2, timeout: 5_000_000_000, kind: 0, what: 2); // a clock that is not shown
        Subscribe(1_096, data: 3, timeout: 0, kind: 1, what: 0);
        Subscribe(1_144, data: 4, timeout: 0, kind: 2, what: 3); // no such stream
        Subscribe(1_192, data: 5, timeout: 0, kind: 9, what: 0);
        Assert.Equal(Errno.Success, _guest.Ask("poll_oneoff", 1_000, 2_000, 5, 40));
        Assert.Equal(4, _guest.Int(40));
        Assert.Equal(0, _host.Slept.Ticks);
        (long, Errno, byte)[] events = [.. Enumerable.Range(0, 4).Select(i => (_guest.Long(2_000 + 32 * i),
            (Errno)BitConverter.ToUInt16(_guest.Bytes, 2_008 + 32 * i), _guest.Bytes[2_010 + 32 * i]))];
        Assert.Equal([(2, Errno.Invalid, 0), (3, Errno.Success, 1), (4, Errno.BadFile, 2), (5, Errno.Invalid, 9)],
            events);
    }

    [Fact]
    public void Sleeping_until_a_time_that_is_past_ends_at_once()
    {
        _host.Clock = new MovingClock();
        Subscribe(1_000, data: 1, timeout: 1, absolute: true);
        Assert.Equal(Errno.Success, _guest.Ask("poll_oneoff", 1_000, 2_000, 1, 40));
        Assert.Equal((1, 0), (_guest.Int(40), _host.Slept.Ticks));
    }

    // All functions of the set with a pointer argument that reaches past the memory's end, one after the other.
    [Theory]
    [InlineData("args_get", 65_534, 100)]
    [InlineData("args_get", 100, 65_531)]
    [InlineData("args_sizes_get", 65_533, 100)]
    [InlineData("args_sizes_get", 100, 65_533)]
    [InlineData("environ_get", 65_534, 100)]
    [InlineData("environ_get", 100, 65_533)]
    [InlineData("environ_sizes_get", 65_533, 100)]
    [InlineData("environ_sizes_get", 100, 65_533)]
    [InlineData("clock_res_get", 0, 65_529)]
    [InlineData("clock_time_get", 1, 0, 65_529)]
    [InlineData("fd_fdstat_get", 1, 65_513)]
    [InlineData("fd_filestat_get", 1, 65_473)]
    [InlineData("fd_read", 0, 65_529, 1, 100)]
    [InlineData("fd_read", 0, 100, 1, 65_533)]
    [InlineData("fd_write", 1, 65_529, 1, 100)]
    [InlineData("fd_write", 1, 100, 1, 65_533)]
    [InlineData("poll_oneoff", 65_489, 1_000, 1, 100)]
    [InlineData("poll_oneoff", 1_000, 65_505, 1, 100)]
    [InlineData("poll_oneoff", 1_000, 2_000, 1, 65_533)]
    [InlineData("random_get", 65_533, 4)]
    public void A_bad_pointer_is_a_fault(string name, params object[] arguments)
    {
        _host.Environment = ["A=1"];
        ulong[] slots = [.. arguments.Select(static a => (ulong)(int)a)];
        Assert.Equal(Errno.Fault, _guest.Ask(name, slots));
        int pointer = Array.FindIndex(slots, static slot => slot > 60_000);
        slots[pointer] = uint.MaxValue;
        Assert.Equal(Errno.Fault, _guest.Ask(name, slots));
        slots[pointer] = 30_000;
        Assert.Equal(Errno.Success, _guest.Ask(name, slots));
    }

    // The set of the design, and what the standard libraries of C, Rust and Go import beyond it.
    [Theory]
    [InlineData("args_get", "(i32, i32) -> i32")]
    [InlineData("args_sizes_get", "(i32, i32) -> i32")]
    [InlineData("clock_res_get", "(i32, i32) -> i32")]
    [InlineData("clock_time_get", "(i32, i64, i32) -> i32")]
    [InlineData("environ_get", "(i32, i32) -> i32")]
    [InlineData("environ_sizes_get", "(i32, i32) -> i32")]
    [InlineData("fd_close", "(i32) -> i32")]
    [InlineData("fd_fdstat_get", "(i32, i32) -> i32")]
    [InlineData("fd_fdstat_set_flags", "(i32, i32) -> i32")]
    [InlineData("fd_filestat_get", "(i32, i32) -> i32")]
    [InlineData("fd_prestat_dir_name", "(i32, i32, i32) -> i32")]
    [InlineData("fd_prestat_get", "(i32, i32) -> i32")]
    [InlineData("fd_read", "(i32, i32, i32, i32) -> i32")]
    [InlineData("fd_seek", "(i32, i64, i32, i32) -> i32")]
    [InlineData("fd_write", "(i32, i32, i32, i32) -> i32")]
    [InlineData("poll_oneoff", "(i32, i32, i32, i32) -> i32")]
    [InlineData("proc_exit", "(i32) -> ()")]
    [InlineData("random_get", "(i32, i32) -> i32")]
    [InlineData("sched_yield", "() -> i32")]
    public void The_set_has_the_types_of_preview_1(string name, string type) =>
        Assert.Equal(type, Assert.Single(_guest.Wasi.Find(name)!).Signature.ToString());

    [Theory]
    [InlineData("fd_close", 2, 3)]
    [InlineData("fd_fdstat_get", 2, 3, 100)]
    [InlineData("fd_fdstat_set_flags", 2, 3, 0)]
    [InlineData("fd_filestat_get", 2, 3, 100)]
    [InlineData("fd_read", 0, 1, 100, 1, 200)]
    [InlineData("fd_write", 2, 0, 100, 1, 200)]
    public void Streams_have_numbers_and_no_other_has_one(string name, int good, int bad, params object[] rest)
    {
        ulong[] slots = [(ulong)good, .. rest.Select(static a => (ulong)(int)a)];
        Assert.Equal(Errno.Success, _guest.Ask(name, slots));
        slots[0] = (ulong)bad;
        Assert.Equal(Errno.BadFile, _guest.Ask(name, slots));
        slots[0] = uint.MaxValue;
        Assert.Equal(Errno.BadFile, _guest.Ask(name, slots));
    }

    [Fact]
    public void Standard_input_and_output_are_told_apart()
    {
        _guest.Ask("fd_fdstat_get", 0, 100);
        Assert.Equal((2, 1L << 1 | 1L << 27), (_guest.Bytes[100], _guest.Long(108)));
        _guest.Ask("fd_fdstat_get", 2, 100);
        Assert.Equal((2, 1L << 6 | 1L << 27), (_guest.Bytes[100], _guest.Long(108)));
        _guest.Ask("fd_filestat_get", 1, 200);
        Assert.Equal(2, _guest.Bytes[216]);
        Assert.Equal(Errno.Success, _guest.Ask("sched_yield"));
    }

    private void Part(int at, uint offset, uint length)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_guest.Bytes.AsSpan(at), offset);
        BinaryPrimitives.WriteUInt32LittleEndian(_guest.Bytes.AsSpan(at + 4), length);
    }

    private void Subscribe(int at, ulong data, ulong timeout, byte kind = 0, uint what = 1, bool absolute = false)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_guest.Bytes.AsSpan(at), data);
        _guest.Bytes[at + 8] = kind;
        _guest.Bytes[at + 40] = absolute ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32LittleEndian(_guest.Bytes.AsSpan(at + 16), what);
        BinaryPrimitives.WriteUInt64LittleEndian(_guest.Bytes.AsSpan(at + 24), timeout);
    }
}
