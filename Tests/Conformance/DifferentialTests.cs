using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Tests.Engine.Fakes;
using Slungd.Tests.Engine.Query;
using Xunit;

namespace Slungd.Tests.Conformance;

/// <summary>Random queries against a Prometheus: Debian's 2.42, or the one whose programs are in the directory that
/// PROMETHEUS_PROGRAMS names, and then more of them. Evaluation times and range starts lie off any sample, since 3.x
/// leaves ranges open on the left.</summary>
public sealed class DifferentialTests
{
    private const double Start = 600.123, End = 2400.123, Step = 90;

    [DifferentialFact]
    public void Random_queries_are_answered_as_Prometheus_does()
    {
        int queries = DifferentialFactAttribute.IsLong ? 6_000 : 1_000;
        FakeSeriesReader store = new(Precision.Milliseconds, blockLength: 50);
        string text = Fill(store, new Random(1));
        using PrometheusProcess prometheus = new(DifferentialFactAttribute.Programs!, text);
        PromQLEngine engine = new(store, new FakeClock());
        Random random = new(2);
        QueryGenerator generator = new(random);
        List<string> failures = [];
        int answered = 0;
        for (int i = 0; i < queries && failures.Count < 30; i++)
        {
            string query = generator.Query(random.Next(1, 4));
            PromQLResult got = engine.Range(query, (long)(Start * 1000), (long)(End * 1000), (long)(Step * 1000),
                new PromQLOptions());
            Dictionary<string, Dictionary<double, string>>? expected = prometheus.Range(query, Start, End, Step);
            if (expected is not null) answered++;
            if (Compare(expected, got) is { } wrong) failures.Add($"{query}\n    {wrong}");
        }
        Assert.True(failures.Count == 0, $"{failures.Count}:\n" + string.Join('\n', failures));
        Assert.True(answered > queries / 2, $"only {answered} of {queries} queries have an answer");
    }

    private static string? Compare(Dictionary<string, Dictionary<double, string>>? expected, PromQLResult got)
    {
        if (expected is null) return got.Status == PromQLStatus.Done ? "expected a failure" : null;
        if (got.Status != PromQLStatus.Done) return $"{got.Status}: {got.Error}";
        HashSet<string> seen = [];
        foreach (PromQLSeries series in got.Series)
        {
            string labels = string.Join(',', series.Labels.Labels.ToArray()
                .Select(l => new KeyValuePair<string, string>(l.Name, l.Value)).OrderBy(l => l.Key,
                    StringComparer.Ordinal));
            if (!expected.TryGetValue(labels, out Dictionary<double,
                string>? values)) return $"unexpected {series.Labels}";
            seen.Add(labels);
            if (values.Count != series.Times.Length)
                return $"{series.Labels}: {series.Times.Length} values, expected {values.Count}";
            for (int i = 0; i < series.Times.Length; i++)
            {
                if (!values.TryGetValue(series.Times[i] / 1000.0, out string? value))
                    return $"{series.Labels}: unexpected at {series.Times[i]}";
                if (!Close(ScriptSeries.ParseNumber(value), series.Values[i]))
                    return $"{series.Labels} at {series.Times[i]}: {series.Values[i]:R}, expected {value}";
            }
        }
        return seen.Count == expected.Count ? null : $"missing {expected.Keys.First(k => !seen.Contains(k))}";
    }

    // Nearly cancelling sums differ by the rounding of their terms, which are at most some thousands here.
    private static bool Close(double a, double b) => ResultComparer.AlmostEqual(a, b) || Math.Abs(a - b) < 1e-9;

    private static string Fill(FakeSeriesReader store, Random random)
    {
        StringBuilder text = new();
        Family("c_total", "c", (step, last) => random.Next(40) == 0 ? 0 : last + random.Next(20));
        Family("g", "g", (step, last) => random.Next(30) == 0 ? double.NaN : Math.Round(random.NextDouble() * 100 - 30,
            2));
        Family("s", "s", (step, last) => step / 10 % 3);
        Buckets();
        return text.Append("# EOF\n").ToString();

        void Put(string name, string[] labels, double time, double value)
        {
            store.Put(store.Series(name, labels), (long)Math.Round(time * 1000), value);
            text.Append(name).Append('{').AppendJoin(',', labels.Select(l => l.Replace("=", "=\"") + "\"")).Append(
                "} ");
            text.Append(double.IsNaN(value) ? "NaN" : value.ToString("R", CultureInfo.InvariantCulture)).Append(' ');
            text.Append(time.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        }

        void Family(string name, string type, Func<int, double, double> next)
        {
            text.Append(CultureInfo.InvariantCulture, $"# TYPE {type} {(type == "c" ? "counter" : "gauge")}\n");
            for (int i = 0; i < 6; i++)
            {
                double last = random.Next(100);
                for (int step = 0; step < 300; step++)
                {
                    bool gap = random.Next(25) == 0 || step / 60 == i; // a long one in each series
                    if (gap && type != "c") continue;
                    last = next(step, last);
                    Put(name, [$"instance={i}", $"job={"ab"[i % 2]}"], step * 10 + i * 0.25, last);
                }
            }
        }

        void Buckets()
        {
            text.Append("# TYPE h gaugehistogram\n");
            double[] counts = new double[4];
            string[] bounds = ["0.1", "1.0", "10.0", "+Inf"];
            double[,] all = new double[4, 300];
            for (int step = 0; step < 300; step++)
            {
                double sum = 0;
                for (int b = 0; b < 4; b++) all[b, step] = sum += counts[b] += random.Next(5);
            }
            for (int b = 0; b < 4; b++)
                for (int step = 0; step < 300; step++)
                    Put("h_bucket", [$"le={bounds[b]}"], step * 10, all[b, step]);
        }
    }
}
