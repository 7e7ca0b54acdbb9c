using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Series;

namespace Slungd.Bench.Engine.Series;

/// <summary>`--quick series`: lookups of 10,000 series with short keys and of as many series as there are points with
/// five tags, against the framework's dictionary; creation; selection; bytes per series.</summary>
internal static class SeriesQuick
{
    private const int FewSeries = 10_000;

    public static void Run(int points, int rounds)
    {
        using var few = new SeriesLoad(Math.Min(FewSeries, points), tagCount: 1);
        using var many = new SeriesLoad(points, tagCount: 5, perHost: 1);
        Lookups(few, points, rounds);
        Lookups(many, points, rounds);
        Selections(many, rounds);
        Labels(many, rounds);
        Console.WriteLine($"{(double)many.Registry.CommittedBytes / many.Series:F0} bytes per series of "
            + $"{many.Series} with keys of {many.BytesPerKey:F0}; {many.Registry.FormCount} forms");
    }

    private static void Lookups(SeriesLoad load, int points, int rounds)
    {
        (string Name, int Count, Func<long> Run)[] ways =
        [
            ("dictionary", points, () => load.FindInDictionary(points)),
            ("one by one", points, () => load.Find(points)),
            ("in batches", points, () => load.FindBatched(points)),
            ("creation", load.Series, load.Create),
        ];
        double[] best = new double[ways.Length];
        Array.Fill(best, double.MaxValue);
        long sum = 0;
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < ways.Length; i++)
            {
                long begin = Stopwatch.GetTimestamp();
                sum += ways[i].Run();
                best[i] = Math.Min(best[i], Stopwatch.GetElapsedTime(begin).TotalNanoseconds / ways[i].Count);
            }
        }
        for (int i = 0; i < ways.Length; i++)
        {
            Console.WriteLine($"{load.Series,9} series, {ways[i].Name,-12} {best[i],7:F1} ns {1e3 / best[i],7:F1} M/s"
                + $"  {best[0] / best[i],5:F2} of the dictionary");
        }
        if (sum == 0) throw new InvalidOperationException("nothing was found");
    }

    private static void Selections(SeriesLoad load, int rounds)
    {
        TagExpression region = Tag("region=eu-central-1");
        (string Text, SeriesSelector Selector)[] queries =
        [
            ("cpu1:[host=h000007]", new(Bytes("cpu1"), Tag("host=h000007"))),
            ("cpu1:[]", new(Bytes("cpu1"), TagExpression.All.Instance)),
            ("*:[region=eu-central-1 AND rack=9]", new(null, new TagExpression.And(region, Tag("rack=9")))),
            ("*:[region=eu-central-1 OR os=Ubuntu3]", new(null, new TagExpression.Or(region, Tag("os=Ubuntu3")))),
            ("*:[NOT region=eu-central-1]", new(null, new TagExpression.Not(region))),
            ("*:[host=*]", new(null, new TagExpression.HasKey(Bytes("host")))),
            ("{host=~\"h0000.*\"}", SeriesSelector.Of(Match("host", "h0000.*"))),
            ("{host=~\".*7\"}", SeriesSelector.Of(Match("host", ".*7"))),
            ("{host=~\"h0(1|2.*|3[0-5]+)7.*\"}", SeriesSelector.Of(Match("host", "h0(1|2.*|3[0-5]+)7.*"))),
            ("{host=~\".*00[4-7]?\"}", SeriesSelector.Of(Match("host", ".*00[4-7]?"))),
            ("{host=~\".+\"}", SeriesSelector.Of(Match("host", ".+"))),
            ("{__name__=\"cpu1\",host=~\".*0(4|7).*\"}",
                SeriesSelector.Of(LabelMatcher.Equal("__name__", "cpu1"), Match("host", ".*0(4|7).*"))),
        ];
        var found = new List<SeriesId>(load.Series);
        foreach ((string text, SeriesSelector selector) in queries)
        {
            double best = double.MaxValue;
            for (int round = 0; round < rounds; round++)
            {
                found.Clear();
                TimeSpan begin = Environment.CpuUsage.TotalTime;
                load.Registry.Select(selector, found);
                best = Math.Min(best, (Environment.CpuUsage.TotalTime - begin).TotalMicroseconds);
            }
            Console.WriteLine($"{load.Series,9} series, {text,-38} {best,8:F1} CPU us, {found.Count} found");
        }
    }

    private static void Labels(SeriesLoad load, int rounds)
    {
        foreach (string label in new[] { "host", "rack", "__name__", "" })
        {
            double best = double.MaxValue;
            int count = 0;
            for (int round = 0; round < rounds; round++)
            {
                TimeSpan begin = Environment.CpuUsage.TotalTime;
                using SeriesBitmap all = load.Registry.SelectSet(SeriesSelector.All, out _);
                LabelTexts texts = label.Length == 0 ? load.Registry.LabelNames(all)
                    : load.Registry.LabelValues(Bytes(label), all);
                count = texts.Count;
                best = Math.Min(best, (Environment.CpuUsage.TotalTime - begin).TotalMicroseconds);
            }
            string what = label.Length == 0 ? "names of labels" : $"values of {label}";
            Console.WriteLine($"{load.Series,9} series, {what,-38} {best,8:F1} CPU us, {count} found");
        }
    }

    private static LabelMatcher Match(string label, string pattern) =>
        LabelMatcher.TryCreate(label, LabelMatchOp.Regex, pattern, out LabelMatcher? matcher, out string? error)
            ? matcher! : throw new InvalidOperationException(error);

    private static TagExpression.Tag Tag(string text) => new(Bytes(text));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
