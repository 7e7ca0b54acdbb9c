using System;
using System.Text;
using Slungd.Workflows.Abi;
using Slungd.Workflows.Wasm;
using Xunit;

namespace Slungd.Tests.Workflows.Abi;

/// <summary>The seven functions, their Regions, and what hostile pointers get.</summary>
public sealed class EnvFunctionsTests
{
    private readonly GuestRecord _host = new();
    private readonly PlainGuest _guest;

    public EnvFunctionsTests() => _guest = new PlainGuest(_host);

    [Fact]
    public void Queries_are_read_from_regions()
    {
        uint text = _guest.Put(16, "AVG:temp:[site=eu é]");
        Assert.Equal(5_000_000_007UL, _guest.Call("u_query_live", text));
        Assert.Equal(42.5, BitConverter.UInt64BitsToDouble(_guest.Call("u_query_history", text)));
        Assert.Equal(["live AVG:temp:[site=eu é]", "history AVG:temp:[site=eu é]"], _host.Said);
    }

    [Theory]
    [InlineData(65_536UL)] // the Region itself
    [InlineData(65_525UL)]
    [InlineData(0xFFFF_FFFFUL)]
    [InlineData(0x1_0000_0000UL | 65_530)] // upper bits of a slot mean nothing
    public void A_region_outside_of_the_memory_is_refused(ulong pointer)
    {
        Assert.Equal(0UL, _guest.Call("u_query_live", pointer));
        Assert.Equal(0UL, _guest.Call("u_query_history", pointer));
        Assert.Equal(1UL, _guest.Call("u_write_event", pointer, pointer, pointer));
        Assert.Equal(1UL, _guest.Call("u_writeback_ws", 1, pointer));
        Assert.Equal(0UL, _guest.Call("u_writeback_http", pointer, pointer, 0));
        Assert.Empty(_host.Said);
    }

    [Theory]
    [InlineData(65_530u, 7u)]
    [InlineData(0xFFFF_FFFFu, 1u)]
    [InlineData(0u, 0xFFFF_FFFFu)]
    [InlineData(1u, 65_536u)]
    public void Bytes_outside_of_the_memory_are_refused(uint offset, uint length)
    {
        Region.Write(_guest.Bytes.AsSpan(16), offset, length);
        Assert.Equal(0UL, _guest.Call("u_query_live", 16));
        Assert.Empty(_host.Said);
    }

    [Fact]
    public void An_event_is_handed_over_in_memory_of_the_guest()
    {
        _host.Events.Enqueue("{\"value\":1}");
        uint region = (uint)_guest.Call("u_poll_handle", 7);
        Assert.Equal("{\"value\":1}", _guest.TextAt(region));
        Assert.Equal(0UL, _guest.Call("u_poll_handle", 7));
        Assert.Equal(["poll 7", "poll 7"], _host.Said);
    }

    [Fact]
    public void A_poll_ends_a_guest_that_is_to_end()
    {
        _host.IsEnding = true;
        Assert.Equal(0, _guest.Try(_guest.Env.Find("u_poll_handle")![0], 1).ExitStatus);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(65_530u)]
    [InlineData(0xFFFF_FFF0u)]
    public void An_allocator_that_lies_is_trapped(uint place)
    {
        _guest.OnAllocate = _ => place;
        _host.Events.Enqueue("{\"value\":1}");
        HostCall call = _guest.Try(_guest.Env.Find("u_poll_handle")![0], 1);
        Assert.Equal($"expected memory from allocate, got 0x{place:x}", call.TrapMessage);
        Assert.False(_guest.Bytes.AsSpan().ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void A_trap_in_the_allocator_is_passed_on()
    {
        _guest.AllocateTrap = new WasmTrap(WasmTrapKind.Unreachable, "unreachable", [], 0);
        _host.Events.Enqueue("{}");
        Assert.Same(_guest.AllocateTrap, _guest.Try(_guest.Env.Find("u_poll_handle")![0], 1).Passed);
    }

    [Fact]
    public void An_allocator_may_not_poll()
    {
        string? nested = null;
        _guest.OnAllocate = _ =>
        {
            nested = _guest.Try(_guest.Env.Find("u_poll_handle")![0], 1).TrapMessage;
            return PlainGuest.FirstFree;
        };
        _host.Events.Enqueue("{}");
        _guest.Call("u_poll_handle", 1);
        Assert.Equal("expected no call to the host from within allocate", nested);
    }

    [Theory]
    [InlineData(" 12 ", "42.5", "a=1, b ,,series=cpu, ,series=", "write 12 42.5 cpu [a=1|b|series=]")]
    [InlineData("-9223372036854775808", "1e-3", "", "write -9223372036854775808 0.001 temp []")]
    [InlineData("1", "inf", "series=x,series=y", "write 1 Infinity y []")]
    [InlineData("1", "-inf", "t", "write 1 -Infinity temp [t]")]
    [InlineData("+1", "NaN", "t", "write 1 NaN temp [t]")]
    public void An_event_is_text(string timestamp, string value, string tags, string expected)
    {
        uint a = _guest.Put(16, timestamp), b = _guest.Put(100, value), c = _guest.Put(200, tags);
        Assert.Equal(0UL, _guest.Call("u_write_event", a, b, c));
        Assert.Equal([expected], _host.Said);
    }

    [Theory]
    [InlineData("", "1", "an integer as timestamp")]
    [InlineData("1.5", "1", "an integer as timestamp")]
    [InlineData("9223372036854775808", "1", "an integer as timestamp")]
    [InlineData("1", "", "a decimal number as value")]
    [InlineData("1", "x", "a decimal number as value")]
    [InlineData("1", "1,5", "a decimal number as value")]
    [InlineData("1", "infinite", "a decimal number as value")]
    [InlineData("1", "1e400", "a decimal number as value")]
    [InlineData("1", "-1e309", "a decimal number as value")]
    public void Texts_that_are_no_numbers_are_refused(string timestamp, string value, string expected)
    {
        uint a = _guest.Put(16, timestamp), b = _guest.Put(100, value), c = _guest.Put(200, "");
        Assert.Equal(1UL, _guest.Call("u_write_event", a, b, c));
        Assert.Empty(_host.Said);
        Assert.Equal($"expected {expected}", _host.LastError);
    }

    [Fact]
    public void Messages_go_to_a_producer_and_by_http()
    {
        uint url = _guest.Put(16, "http://a/b"), data = _guest.Put(100, "hello");
        Assert.Equal(0UL, _guest.Call("u_writeback_ws", 9, data));
        Assert.Equal(0UL, _guest.Call("u_writeback_http", url, data, 3));
        _host.HttpAnswer = "fine"u8.ToArray();
        Assert.Equal("fine", _guest.TextAt((uint)_guest.Call("u_writeback_http", url, data, 1)));
        Assert.Equal(0UL, _guest.Call("u_writeback_http", url, data, 4));
        Assert.Equal("expected as method 0 GET, 1 POST, 2 PUT or 3 DELETE", _host.LastError);
        Assert.Equal(["send 9 hello", "DELETE http://a/b hello", "POST http://a/b hello"], _host.Said);
        _host.Takes = false;
        Assert.Equal(1UL, _guest.Call("u_writeback_ws", 9, data));
        Assert.Equal(1UL, _guest.Call("u_free_handle", 3));
    }

    [Fact]
    public void The_earliest_sdk_has_handles_of_32_bits()
    {
        const ulong rubbish = 0xABCD_0000_0000;
        foreach (string name in (string[])["u_poll_handle", "u_free_handle"])
            _guest.Try(_guest.Env.Find(name)![1], rubbish | 7);
        _guest.Try(_guest.Env.Find("u_writeback_ws")![1], rubbish | 8, _guest.Put(16, "x"));
        Assert.Equal(["poll 7", "free 7", "send 8 x"], _host.Said);
        Assert.Equal("(i32) -> i32", _guest.Env.Find("u_query_live")![1].Signature.ToString());
    }

    [Fact]
    public void Abort_says_what_and_where()
    {
        byte[] message = Encoding.Unicode.GetBytes("oops"), file = Encoding.Unicode.GetBytes("a.ts");
        BitConverter.TryWriteBytes(_guest.Bytes.AsSpan(96), message.Length);
        message.CopyTo(_guest.Bytes, 100);
        BitConverter.TryWriteBytes(_guest.Bytes.AsSpan(196), file.Length);
        file.CopyTo(_guest.Bytes, 200);
        HostEntry abort = _guest.Env.Find("abort")![0];
        Assert.Equal("abort: oops at a.ts:12:3", _guest.Try(abort, 100, 200, 12, 3).TrapMessage);
        Assert.Equal("abort: ? at ?:1:2", _guest.Try(abort, 0, 0xFFFF_FFFF, 1, 2).TrapMessage);
    }

    // As AssemblyScript has them: the length in bytes in front of the text.
    [Theory]
    [InlineData("héllo \u20ac \ud83d\ude00", -1, "héllo \u20ac \ud83d\ude00")]
    [InlineData("half", 7, "hal")] // half a character is left out
    [InlineData("", 0, "")]
    [InlineData("far", int.MaxValue, "?")] // more than the memory has
    public void Abort_reads_utf16(string text, int bytes, string expected)
    {
        const int at = 65_000;
        byte[] message = Encoding.Unicode.GetBytes(text);
        BitConverter.TryWriteBytes(_guest.Bytes.AsSpan(at - 4), bytes < 0 ? message.Length : bytes);
        message.CopyTo(_guest.Bytes, at);
        HostEntry abort = _guest.Env.Find("abort")![0];
        Assert.Equal($"abort: {expected} at ?:1:2", _guest.Try(abort, at, 3, 1, 2).TrapMessage);
    }

    [Fact]
    public void Abort_cuts_what_is_long()
    {
        BitConverter.TryWriteBytes(_guest.Bytes.AsSpan(96), 60_000);
        string? message = _guest.Try(_guest.Env.Find("abort")![0], 100, 0, 1, 2).TrapMessage;
        Assert.Equal("abort:  at ?:1:2".Length + 512, message!.Length);
    }

    [Fact]
    public void A_guest_without_memory_is_trapped()
    {
        _guest.HasMemory = false;
        Assert.Equal("expected an exported memory", _guest.Try(_guest.Env.Find("u_query_live")![0], 0).TrapMessage);
    }
}
