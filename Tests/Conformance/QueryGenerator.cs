using System;

namespace Slungd.Tests.Conformance;

/// <summary>Makes random queries over the metrics of <see cref="DifferentialTests"/>: only what Prometheus 2.42 knows
/// and answers as 3.5 does. Left out: deviations of single values that are not finite (now NaN), dates of NaN
/// (arbitrary),
/// atan2 with a scalar (kept the name), `@` in predict_linear over several steps (moves with the steps), changes and
/// resets of computed values (rounding), rates of what has gaps (where extrapolation ends),
/// topk of computed values (which of equals is arbitrary).
/// 2.42 also fails where series that lose their names become one without meeting at any step; here they are merged. No
/// range starts at a sample.</summary>
internal sealed class QueryGenerator(Random random)
{
    private static readonly string[] s_rangeFunctions =
    [
        "delta", "irate", "idelta", "sum_over_time", "min_over_time",
        "max_over_time", "count_over_time", "last_over_time", "present_over_time", "stddev_over_time",
        "stdvar_over_time", "deriv", "absent_over_time",
    ];

    private static readonly string[] s_floatFunctions =
    [
        "abs", "ceil", "floor", "sqrt", "ln", "log2", "log10", "sgn", "sin", "cos", "atan", "tanh", "deg", "rad",
        "timestamp", "absent", "sort", "round",
    ];

    private static readonly string[] s_matchers =
    [
        "", "", "{job=\"a\"}", "{job!=\"a\"}", "{instance=~\"1|2\"}", "{instance!~\"1.*\"}",
            "{job=~\".+\",instance=\"3\"}",
        "{none=\"\"}", "{job=~\"b?\"}",
    ];

    private static readonly string[] s_grouping =
        ["", " by (job)", " by (instance)", " without (instance)", " by (job, instance)", " without (job)", " by ()"];

    /// <summary>A query of some depth. Averages, which differ in their last bits, stand outermost.</summary>
    public string Query(int depth) => random.Next(8) switch
    {
        0 => $"avg{Pick(s_grouping)}({Vector(depth - 1)})",
        1 => $"avg_over_time({Matrix(depth)})",
        _ => Vector(depth),
    };

    private string Vector(int depth)
    {
        if (depth == 0) return Selector();
        return random.Next(13) switch
        {
            0 or 1 => Aggregation(depth),
            2 or 3 or 4 => $"{Pick(s_rangeFunctions)}({Matrix(depth)})",
            11 => $"{Pick("rate", "increase")}(c_total{Pick(s_matchers)}[{Ranges()}]{Modifier()})",
            5 => $"{Pick(s_floatFunctions)}({Vector(depth - 1)})",
            6 => Binary(depth),
            7 => $"({Vector(depth - 1)} {Pick("+", "-", "*", "/", "%", "^")} {Scalar(depth)})",
            8 => $"({Vector(depth - 1)} {Pick("==", "!=", ">", "<", ">=", "<=")}{Pick("", " bool")} {Scalar(depth)})",
            9 => Special(depth),
            10 => $"-{Plain()}{Modifier()}",
            _ => Selector(),
        };
    }

    private string Selector() => Pick("c_total", "g", "s") + Pick(s_matchers) + Modifier();

    private string Ranges() => Pick("47s100ms", "2m3s100ms", "5m100ms", "11m100ms");

    private string Plain() => Pick("c_total", "g", "s") + Pick(s_matchers);

    private string Modifier() => Pick("", "", "", " offset 37s", " offset -1m", " @ 1000.73", " @ end()",
        " @ start() offset 20s");

    private string Matrix(int depth) => random.Next(4) == 0
        ? $"{Parenthesised(depth - 1)}[{Pick("3m7s100ms", "5m3s100ms")}:{Pick("13s37ms", "61s37ms")}]{Modifier()}"
        : $"{Pick("c_total", "g", "s")}{Pick(s_matchers)}[{Ranges()}]{Modifier()}";

    private string Parenthesised(int depth) => $"({Vector(Math.Max(0, depth))})";

    private string Aggregation(int depth)
    {
        string grouping = Pick(s_grouping), of = Vector(depth - 1);
        return random.Next(9) switch
        {
            0 => $"topk{grouping}({random.Next(0, 4)}, c_total{Pick(s_matchers)})",
            1 => $"bottomk{grouping}(2, c_total{Pick(s_matchers)})",
            2 => $"quantile{grouping}({Pick("0.3", "0.9", "-1", "2", "NaN")}, {of})",
            3 => $"count_values{grouping}(\"v\", round({of}))",
            _ => $"{Pick("sum", "min", "max", "count", "group")}{grouping}({of})",
        };
    }

    private string Binary(int depth)
    {
        string left = Parenthesised(depth - 1), right = Parenthesised(depth - 1);
        string on = Pick("", " on (job, instance)", " ignoring (x)", " on (job)");
        if (random.Next(3) == 0) return $"({left} {Pick("and", "or", "unless")}{on} {right})";
        if (random.Next(3) == 0)
            return $"({left} {Pick("*", "/", "-")} on (job) group_left{Pick("", " (x)")} sum by (job) {right})";
        return $"({left} {Pick("+", "-", "*", "/", ">", "<=", "== bool", "!=")}{on} {right})";
    }

    private string Special(int depth) => random.Next(11) switch
    {
        0 => $"clamp({Vector(depth - 1)}, {Scalar(depth)}, 50)",
        1 => $"clamp_min({Vector(depth - 1)}, 3)",
        2 => $"label_replace({Vector(depth - 1)}, \"x\", \"$1-y\", \"instance\", \"(.*)\")",
        3 => $"label_join({Vector(depth - 1)}, \"job\", \"-\", \"job\", \"instance\")",
        4 => $"histogram_quantile({Pick("0.5", "0.95", "0")}, rate(h_bucket[{Pick("2m3s100ms", "7m100ms")}]))",
        5 => $"histogram_quantile(0.7, sum by (le) (increase(h_bucket[5m1s100ms])))",
        6 => $"quantile_over_time({Pick("0.5", "0.9")}, {Matrix(depth)})",
        7 => $"{Pick("changes", "resets")}({Plain()}[5m100ms])",
        8 => $"{Pick("hour", "minute", "day_of_week", "days_in_month")}(s)",
        9 => $"{Pick("stddev", "stdvar")}{Pick(s_grouping)} (c_total)",
        _ => $"predict_linear({Plain()}[11m100ms] offset 7s, 100)",
    };

    private string Scalar(int depth) => random.Next(5) switch
    {
        0 => $"scalar({Vector(depth - 1)})",
        1 => "time()",
        _ => Pick("2", "0.5", "-3", "10", "1e3", "NaN"),
    };

    private string Pick(params string[] of) => of[random.Next(of.Length)];
}
