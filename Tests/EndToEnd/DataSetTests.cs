using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>Whole data sets in through each protocol, every aggregate against a plain computation, before and after a
/// restart.</summary>
public class DataSetTests
{
    private static readonly string[] Ops = ["AVG", "MIN", "MAX", "SUM", "COUNT", "FIRST", "LAST"];

    [EndToEndTheory]
    [InlineData(Protocol.Original)]
    [InlineData(Protocol.Rows)]
    [InlineData(Protocol.Columns)]
    public Task GeneratedHosts(Protocol protocol) => Replay(DataSet.Hosts(hosts: 12, reports: 300), protocol,
        ["host=h-3", "rack=r1", "env=prod AND NOT host=h-0", "rack=r0 OR rack=r2 AND env=test"], "rack", 60_000_000);

    [RealColumnsTheory]
    [InlineData(Protocol.Original)]
    [InlineData(Protocol.Rows)]
    [InlineData(Protocol.Columns)]
    public Task RealColumns(Protocol protocol) => Replay(DataSet.RealColumns(), protocol,
        ["file=bitcoin_f", "kind=stocks", "kind=neon AND NOT file=neon_pm10_dust", "file=*"], "file", 3_600_000_000);

    public enum Protocol
    {
        Original,
        Rows,
        Columns,
    }

    private static async Task Replay(List<Point> points, Protocol protocol, string[] expressions, string groupKey,
        long window)
    {
        using var data = new DataFolder();
        await using (Daemon daemon = await Daemon.Start(data))
        {
            await Send(daemon, points, protocol);
            await CheckAll(daemon, points, expressions, groupKey, window);
            Assert.Equal(0, await daemon.Stop());
        }
        await using Daemon again = await Daemon.Start(data);
        await CheckAll(again, points, expressions, groupKey, window);
    }

    private static async Task Send(Daemon daemon, List<Point> points, Protocol protocol)
    {
        if (protocol == Protocol.Original)
        {
            await using WebSocketClient original = await WebSocketClient.Original(daemon);
            foreach (Point point in points)
                await original.Send(WireMessages.Event(point.Timestamp, point.Value, point.Series, point.Tags));
            await original.Close();
            return;
        }
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        if (protocol == Protocol.Rows)
        {
            foreach (Point[] chunk in points.Chunk(1_000)) await client.Send(WireMessages.RowsOf(chunk));
        }
        else await SendColumns(client, points);
        await client.Acknowledged((ulong)points.Count);
    }

    private static async Task SendColumns(WebSocketClient client, List<Point> points)
    {
        uint alias = 0;
        foreach (IGrouping<string, Point> series in points.GroupBy(static p =>
            p.Series + "\n" + string.Join('\n', p.Tags)))
        {
            alias++;
            Point first = series.First();
            await client.Send(WireMessages.DefineOf(alias, first.Series, first.Tags));
            foreach (Point[] chunk in series.Chunk(700))
            {
                await client.Send(WireMessages.ColumnsOf(alias,
                    chunk.Select(static p => p.Timestamp).ToArray(), chunk.Select(static p => p.Value).ToArray()));
            }
        }
    }

    private static async Task CheckAll(Daemon daemon, List<Point> points, string[] expressions, string groupKey,
        long window)
    {
        foreach (string series in points.Select(static p => p.Series).Distinct())
        {
            var all = new PlainComputation(points.Where(p => p.Series == series));
            string range = string.Create(CultureInfo.InvariantCulture, $"[{all.Start},{all.End}]");
            long quarter = (all.End - all.Start) / 4;
            string half = string.Create(CultureInfo.InvariantCulture, $"[{all.Start + quarter},{all.End - quarter}]");
            PlainComputation middle = all.Where(
                p => p.Timestamp >= all.Start + quarter && p.Timestamp <= all.End - quarter);
            foreach (string op in Ops)
            {
                await Check(daemon, $"{op}:{series}:[]", op, all);
                await Check(daemon, $"{op}:{series}:[]:{half}", op, middle);
                foreach (string expression in expressions)
                    await Check(daemon, $"{op}:{series}:[{expression}]", op, all.Where(p => Matches(expression, p)));
                await CheckWindows(daemon, $"{op}:{series}:[]:{range}:[{window / 1_000_000}s]", op,
                    all.Windows(window));
                await CheckGroups(daemon, $"{op}:{series}:[] BY {groupKey}", op, groupKey, all.By(groupKey));
            }
        }
    }

    private static async Task Check(Daemon daemon, string query, string op, PlainComputation expected)
    {
        JsonElement answer = await daemon.Query(query);
        if (expected.Count == 0)
        {
            Assert.Equal(op == "COUNT" ? JsonValueKind.Number : JsonValueKind.Null,
                answer.GetProperty("value").ValueKind);
            return;
        }
        CheckValue(query, op, expected, answer.GetProperty("value").GetDouble(),
            answer.GetProperty("count").GetInt64());
    }

    private static async Task CheckWindows(Daemon daemon, string query, string op,
        IEnumerable<(long Start, PlainComputation Points)> expected)
    {
        (long Start, PlainComputation Points)[] windows = expected.ToArray();
        JsonElement answer = (await daemon.Query(query)).GetProperty("windows");
        Assert.Equal(windows.Select(static w => w.Start), answer.EnumerateArray().Select(static w => w[0].GetInt64()));
        for (int i = 0; i < windows.Length; i++)
            CheckValue($"{query} window {i}", op, windows[i].Points, answer[i][1].GetDouble(), answer[i][2].GetInt64());
    }

    private static async Task CheckGroups(Daemon daemon, string query, string op, string key,
        IEnumerable<(string Value, PlainComputation Points)> expected)
    {
        Dictionary<string, JsonElement> groups = (await daemon.Query(query)).GetProperty("groups").EnumerateArray()
            .ToDictionary(g => g.GetProperty("by").GetProperty(key).GetString()!);
        foreach ((string value, PlainComputation points) in expected)
        {
            Assert.True(groups.Remove(value, out JsonElement group), $"{query}: no group {value}");
            CheckValue($"{query}, {value}", op, points, group.GetProperty("value").GetDouble(),
                group.GetProperty("count").GetInt64());
        }
        Assert.Empty(groups);
    }

    private static void CheckValue(string query, string op, PlainComputation expected, double value, long count)
    {
        Assert.True(count == expected.Count, $"{query}: count {count}, expected {expected.Count}");
        if (op is "FIRST" or "LAST")
        {
            Assert.Contains(value, expected.Candidates(op));
            return;
        }
        (double want, double tolerance) = expected.Aggregate(op);
        Assert.True(Math.Abs(value - want) <= tolerance, $"{query}: {value:r}, expected {want:r} +- {tolerance:r}");
    }

    // Left to right, without precedence, as the language has it; enough for the expressions above.
    private static bool Matches(string expression, Point point)
    {
        string[] tokens = expression.Split(' ');
        bool result = false, negate = false;
        string binary = "OR";
        foreach (string token in tokens)
        {
            if (token is "AND" or "OR") binary = token;
            else if (token == "NOT") negate = true;
            else
            {
                bool has = token.EndsWith("=*", StringComparison.Ordinal)
                    ? point.Tags.Any(t => t.StartsWith(token[..^1], StringComparison.Ordinal))
                    : point.Tags.Contains(token);
                result = binary == "AND" ? result && has != negate : result || has != negate;
                negate = false;
            }
        }
        return result;
    }

    /// <summary>A test that needs the real columns.</summary>
    private sealed class RealColumnsTheoryAttribute : TheoryAttribute
    {
        public RealColumnsTheoryAttribute() => Skip =
            Binary.Missing ?? (DataSet.ColumnsFolder is null ? "no ../shared/data/columns beside the tree" : null);
    }
}
