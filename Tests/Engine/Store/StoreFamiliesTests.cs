using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Engine.Wal;
using Slungd.Native.Os;
using Slungd.Tests.Engine.Query;
using Slungd.Tests.Sim;
using Xunit;

namespace Slungd.Tests.Engine.Store;

/// <summary>Each value family through its whole life: written as rows and columns, read, replayed from the log after a
/// power cut, flushed, compacted, reopened, queried; and refused where it does not fit.</summary>
public sealed class StoreFamiliesTests : IDisposable
{
    private const int Points = 300;

    private static readonly ValueFamily[] s_all =
    [
        ValueFamily.Float, ValueFamily.Int, ValueFamily.UInt, ValueFamily.Bool, ValueFamily.Bytes, ValueFamily.String,
        ValueFamily.Histogram,
    ];

    private readonly StoreFixture _fixture = new(
        static o => o with { DataDirectory = "/data", LogSync = LogSync.Always, LogFileBytes = 64 * 1024 },
        new SimDisk(3));
    private readonly RefusalLog _refusals = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void ValuesComeBackAsTheyWere()
    {
        foreach (ValueFamily family in s_all) Write(family, first: 0);
        CheckAll(Points);
        _fixture.Store.Wal!.Step();
        _fixture.Crash(SimCrash.PowerCut);
        CheckAll(Points);
        _fixture.Store.Flush();
        CheckAll(Points);
        foreach (ValueFamily family in s_all) Write(family, first: Points);
        _fixture.Store.Flush();
        foreach (ValueFamily family in s_all) Write(family, first: 2 * Points);
        CheckAll(3 * Points);
        _fixture.Store.Flush();
        _fixture.Store.Compact();
        Assert.Equal(1, _fixture.Store.Statistics().Segments);
        CheckAll(3 * Points);
        _fixture.Reopen();
        CheckAll(3 * Points);
    }

    /// <summary>In memory, after a replay and from segments the first write decides; an Int series becomes no Float one
    /// by being closed.</summary>
    [Fact]
    public void OtherFamiliesAreRefusedAndTheirNeighboursStand()
    {
        foreach (ValueFamily family in s_all) Write(family, first: 0);
        for (int round = 0; round < 3; round++)
        {
            foreach (ValueFamily own in s_all)
                foreach (ValueFamily other in s_all)
                    TryWrite(own, other);
            if (round == 1) _fixture.Store.Flush();
            _fixture.Store.Wal!.Step();
            _fixture.Crash(SimCrash.PowerCut);
        }
        CheckAll(Points);
    }

    [Theory]
    [InlineData("COUNT", "300", "300", "300", "300", "300", "300", "300")]
    [InlineData("FIRST", "0", "-7", "1.8446744073709552E+19", "0", "(00-FF) 0", "text 0 é", "null")]
    [InlineData("LAST", "149.5", "2392", "1.8446744073709552E+19", "0", "(00-FF) 299", "text 299 é", "null")]
    [InlineData("MIN", "0", "-7", "1.8446744073709552E+19", "0", "null", "null", "null")]
    [InlineData("MAX", "149.5", "2392", "1.8446744073709552E+19", "1", "null", "null", "null")]
    [InlineData("SUM", "22425", "358793", "5.534023222112865E+21", "100", "null", "null", "null")]
    public void QueriesReadThem(string op, params string[] expected)
    {
        foreach (ValueFamily family in s_all) Write(family, first: 0);
        var executor = new QueryExecutor(_fixture.Store, _fixture.Clock, new Limits());
        for (int round = 0; round < 2; round++)
        {
            IEnumerable<string> got = s_all.Select(family =>
            {
                QueryResult result = executor.Execute(DslTexts.Parse($"{op}:{family}:[]"), default);
                Assert.True(result.IsDone);
                return Show(result.Value);
            });
            Assert.Equal(expected, got);
            _fixture.Store.Flush();
        }
    }

    private static string Show(QueryValue value) => value.Family switch
    {
        ValueFamily.Float => value.Number.ToString(CultureInfo.InvariantCulture),
        ValueFamily.Bytes => "(00-FF)" + Encoding.UTF8.GetString(value.Payload!.AsSpan(2)),
        ValueFamily.String => Encoding.UTF8.GetString(value.Payload!),
        _ => "null",
    };

    private static ulong BitsOf(ValueFamily family, int i) => family switch
    {
        ValueFamily.Float => BitConverter.DoubleToUInt64Bits(i / 2.0),
        ValueFamily.Int => (ulong)(i * 8L + (i == 0 ? -7 : 0)),
        ValueFamily.UInt => ulong.MaxValue,
        ValueFamily.Bool => i % 3 == 1 ? 1UL : 0,
        _ => 0,
    };

    private static byte[] PayloadOf(ValueFamily family, int i) => family switch
    {
        ValueFamily.Bytes => [0, 0xff, .. Encoding.ASCII.GetBytes($" {i}")],
        ValueFamily.String => Encoding.UTF8.GetBytes($"text {i} é"),
        ValueFamily.Histogram => i % 10 == 5 ? new byte[3000 + i] : i % 10 == 6 ? [] : [(byte)i, 1, 2],
        _ => [],
    };

    private SeriesId Id(ValueFamily family) => _fixture.Series(family.ToString(), family);

    /// <summary>Half as rows, half as a column where the family has columns.</summary>
    private void Write(ValueFamily family, int first)
    {
        int rowCount = family.IsNumeric() ? Points / 2 : Points;
        var rows = new EventRow[rowCount];
        var payload = new List<byte>();
        for (int i = 0; i < rowCount; i++)
        {
            byte[] bytes = PayloadOf(family, first + i);
            ulong bits = family.HasPayload() ? new PayloadRef((uint)payload.Count, (uint)bytes.Length).ToBits()
                : BitsOf(family, first + i);
            payload.AddRange(bytes);
            rows[i] = new EventRow { Series = Id(family), Timestamp = first + i, Family = family, Bits = bits };
        }
        _fixture.Put(rows, [.. payload]);
        if (rowCount == Points) return;
        long[] timestamps = [.. Enumerable.Range(first + rowCount, Points - rowCount).Select(static i => (long)i)];
        ulong[] values = [.. timestamps.Select(t => BitsOf(family, (int)t))];
        _refusals.Clear();
        _fixture.Store.AppendColumn(0, Id(family), family, timestamps, values, _refusals);
        Assert.Equal(0, _refusals.Points);
    }

    private void TryWrite(ValueFamily own, ValueFamily other)
    {
        bool fits = own == other || (own == ValueFamily.Float && other == ValueFamily.Int);
        EventRow Row(ValueFamily family, int at) => new()
        {
            Series = Id(own), Timestamp = at, Family = family,
            Bits = family.HasPayload() ? new PayloadRef((uint)(at == 3 ? 0 : at), 0).ToBits() : 0,
        };
        byte[] payload = PayloadOf(own, 3);
        EventRow before = Row(own, 3), after = before;
        before.Bits = after.Bits = own.HasPayload() ? new PayloadRef(0, (uint)payload.Length).ToBits() : BitsOf(own, 3);
        _refusals.Clear();
        _fixture.Store.AppendRows(0, [before, Row(other, -100_000), after], payload, _refusals);
        // A reference that points outside of the payload is the caller's mistake, and refused as such.
        RefusalCode expected = !fits ? RefusalCode.ValueFamily
            : other.HasPayload() ? RefusalCode.Malformed : RefusalCode.None;
        Assert.Equal(expected, _refusals.CodeOf(1));
        Assert.Equal(expected == RefusalCode.None ? 0 : 1, _refusals.Points);
        _refusals.Clear();
        _fixture.Store.AppendColumn(0, Id(own), other, [-100_000, -99_999], [0, 0], _refusals);
        _fixture.Store.AppendRegular(0, Id(own), other, -100_000, 1, [0, 0], _refusals);
        Assert.Equal(fits && other.IsNumeric() ? 0 : 4, _refusals.Points);
    }

    private void CheckAll(int count)
    {
        foreach (ValueFamily family in s_all)
        {
            using SeriesView view = _fixture.Store.OpenView();
            Assert.Equal(family, view.FamilyOf(Id(family)));
            using SeriesCursor cursor = view.Open(Id(family), new TimeRange(0, long.MaxValue), acceptSummaries: false);
            int next = 0;
            while (cursor.MoveNext())
            {
                for (int i = 0; i < cursor.Timestamps.Length; i++, next++)
                {
                    Assert.Equal(next, cursor.Timestamps[i]);
                    if (family.HasPayload()) Assert.Equal(PayloadOf(family, next), cursor.PayloadAt(i));
                    else Assert.Equal(BitsOf(family, next), cursor.Values[i]);
                }
            }
            Assert.Equal(count, next);
        }
    }
}
