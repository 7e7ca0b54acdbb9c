using System;
using System.IO;
using Slungd.Engine.Model;
using Xunit;

namespace Slungd.Tests.Ingest.Net;

/// <summary>A sink whose disk breaks: the connection that meets it ends, the others go on, and no point of one ends up
/// with another.</summary>
public sealed class FailingSinkTests : IDisposable
{
    private readonly BreakingSink _sink = new();
    private readonly ServerFixture _fixture;

    public FailingSinkTests() => _fixture = new ServerFixture(static o => o with { Threads = 1 }, _sink);

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void A_failure_ends_its_connection_alone()
    {
        byte[] rows = Wire.Rows(Wire.Event(1, 1, "cpu"));
        using RawClient good = _fixture.Open("slung.v2");
        good.SendBinary(rows);
        Assert.Equal("ack 1", Wire.Show(good.ReadFrame()));
        _sink.IsBroken = true;
        using (RawClient bad = _fixture.Open("slung.v2"))
        {
            bad.SendBinary(rows);
            Assert.Equal(-1, bad.ReadFrame().Opcode);
        }
        using (RawClient bad = _fixture.Open())
        {
            bad.SendBinary(Wire.Event(1, 1, "cpu"));
            Assert.Equal(-1, bad.ReadFrame().Opcode);
        }
        HttpTests.WaitFor(() => _fixture.Sum(static c => c.Open) == 1);
        _sink.IsBroken = false;
        good.SendBinary(rows);
        Assert.Equal("ack 2", Wire.Show(good.ReadFrame()));
        Assert.Equal(2, _sink.Points);
        Assert.Equal(1, _fixture.Sum(static c => c.OpenWebSockets));
    }

    private sealed class BreakingSink : IEventSink
    {
        private ulong _commits;

        public volatile bool IsBroken;

        public int Points { get; private set; }

        public SinkState State => SinkState.Ready;

        public string? StateReason => null;

        public Precision Precision => Precision.Microseconds;

        public ulong KeptThrough => _commits;

        public RefusalCode Resolve(ReadOnlySpan<byte> wireKey, ValueFamily family, out SeriesId series)
        {
            series = new SeriesId(0);
            return RefusalCode.None;
        }

        public ulong AppendRows(ulong producer, ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload,
            RefusalLog refusals)
        {
            if (IsBroken) throw new IOException("FATAL: the disk is gone");
            Points += rows.Length;
            return ++_commits;
        }

        public ulong AppendColumn(ulong producer, SeriesId series, ValueFamily family,
            ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values, RefusalLog refusals) => ++_commits;

        public ulong AppendRegular(ulong producer, SeriesId series, ValueFamily family, long start, long step,
            ReadOnlySpan<ulong> values, RefusalLog refusals) => ++_commits;

        public void OnKept(Action callback)
        {
            // Every commit is kept when its call returns.
        }
    }
}
