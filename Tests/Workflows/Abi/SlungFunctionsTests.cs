using System;
using System.Linq;
using System.Text;
using Slungd.Tests.EndToEnd;
using Slungd.Workflows.Abi;
using Slungd.Workflows.Wasm;
using Xunit;

namespace Slungd.Tests.Workflows.Abi;

/// <summary>The module `slung`: batches, the last error, history with its count.</summary>
public sealed class SlungFunctionsTests
{
    private readonly GuestRecord _host = new();
    private readonly PlainGuest _guest;

    public SlungFunctionsTests() => _guest = new PlainGuest(_host);

    [Fact]
    public void Events_come_as_an_array()
    {
        foreach (int i in Enumerable.Range(1, 5)) _host.Events.Enqueue($"{{\"value\":{i}}}");
        Assert.Equal("""[{"value":1},{"value":2},{"value":3}]""",
            _guest.TextAt((uint)_guest.Call("poll_events", 7, 3)));
        Assert.Equal("""[{"value":4},{"value":5}]""", _guest.TextAt((uint)_guest.Call("poll_events", 7, 0xFFFF_FFFF)));
        Assert.Equal(0UL, _guest.Call("poll_events", 7, 3));
        Assert.Equal(["poll 7", "poll 7", "poll 7"], _host.Said);
        Assert.Equal(0UL, _guest.Call("poll_events", 7, 0));
    }

    [Fact]
    public void A_batch_of_events_has_a_size()
    {
        foreach (int i in Enumerable.Range(1, 40)) _host.Events.Enqueue($"\"{new string('x', 60_000)}\"");
        _guest.OnAllocate = static _ => 0;
        Assert.StartsWith("expected memory from allocate", // a MiB is more than this guest has
            _guest.Try(_guest.Slung.Find("poll_events")![0], 7, 100).TrapMessage);
        Assert.Equal(40 - 18, _host.Events.Count);
    }

    [Fact]
    public void A_guest_that_is_to_end_does_when_there_is_no_event()
    {
        _host.IsEnding = true;
        Assert.Equal(0, _guest.Try(_guest.Slung.Find("poll_events")![0], 7, 3).ExitStatus);
    }

    [Fact]
    public void Points_are_written_many_at_once()
    {
        byte[] rows =
        [
            .. WireMessages.Event(1, 42.5, "cpu", "a=1", "b"), .. WireMessages.Event(-2, double.NaN, "mem"),
        ];
        Assert.Equal(2UL, _guest.Call("write_events", Put(rows)));
        Assert.Equal(["write 1 42.5 cpu [a=1|b]", "write -2 NaN mem []"], _host.Said);
        _host.Takes = false;
        Assert.Equal(0UL, _guest.Call("write_events", Put(rows)));
    }

    [Fact]
    public void Points_that_can_t_be_read_are_all_refused()
    {
        byte[] row = WireMessages.Event(1, 42.5, "cpu", "a=1");
        for (int length = 0; length < row.Length; length++)
        {
            byte[] torn = [.. row, .. row[..Math.Max(1, length)]];
            Assert.Equal(-1, (int)_guest.Call("write_events", Put(torn)));
            Assert.Equal("expected whole events, one or more", Error());
        }
        Assert.Equal(-1, (int)_guest.Call("write_events", Put([])));
        Assert.Equal(-1, (int)_guest.Call("write_events", 0xFFFF_FFFF));
        Assert.Equal("expected a Region inside of the memory, with not too many bytes there", Error());
        Assert.Empty(_host.Said);
    }

    [Fact]
    public void History_comes_with_its_count()
    {
        Assert.Equal(0UL, _guest.Call("query_history", _guest.Put(64, "AVG:temp:[]"), 512));
        Assert.Equal((42.5, 7), (BitConverter.Int64BitsToDouble(_guest.Long(512)), _guest.Long(520)));
        Assert.Equal(1UL, _guest.Call("query_history", 64, 65_536 - 15));
        Assert.Equal("expected 16 bytes inside of the memory for the result", Error());
        Assert.Equal(1UL, _guest.Call("query_history", 65_536, 512));
        _host.Takes = false;
        Assert.Equal(1UL, _guest.Call("query_history", 64, 512));
        Assert.Equal("no such history", Error());
    }

    [Fact]
    public void The_last_error_is_that_of_the_last_call()
    {
        Assert.Equal(1UL, _guest.Call("u_write_event", _guest.Put(64, "x"), _guest.Put(128, "1"), _guest.Put(192, "")));
        Assert.Equal("expected an integer as timestamp", Error());
        Assert.Equal("expected an integer as timestamp", Error()); // asking changes nothing
        Assert.Equal(0UL, _guest.Call("u_free_handle", 1));
        Assert.Equal(0UL, _guest.Call("last_error"));
    }

    [Fact]
    public void Within_allocate_nothing_can_be_asked_for()
    {
        _guest.OnAllocate = size =>
        {
            HostCall nested = _guest.Try(_guest.Slung.Find("last_error")![0]);
            Assert.Equal("expected no call to the host from within allocate", nested.TrapMessage);
            return 4096;
        };
        _host.Events.Enqueue("1");
        Assert.Equal(4096UL, _guest.Call("poll_events", 1, 1));
    }

    private string Error() => _guest.TextAt((uint)_guest.Call("last_error"));

    private uint Put(byte[] bytes)
    {
        Region.Write(_guest.Bytes.AsSpan(16), 1_024, (uint)bytes.Length);
        bytes.CopyTo(_guest.Bytes, 1_024);
        return 16;
    }
}
