using System;
using System.Collections.Generic;

namespace Slungd.Engine.PromQL.Syntax;

/// <summary>Every function of the language (Prometheus 3.5, docs/querying/functions.md) and a few experimental ones of
/// later releases.</summary>
internal static class FunctionTable
{
    private const ValueKind Scalar = ValueKind.Scalar;
    private const ValueKind Vector = ValueKind.InstantVector;
    private const ValueKind Matrix = ValueKind.RangeVector;
    private const ValueKind Text = ValueKind.Text;

    private static readonly Dictionary<string, FunctionSignature> s_byName = Build();

    public static FunctionSignature? Find(string name) => s_byName.GetValueOrDefault(name);

    public static IReadOnlyCollection<FunctionSignature> All => s_byName.Values;

    private static Dictionary<string, FunctionSignature> Build()
    {
        Dictionary<string, FunctionSignature> table = new(StringComparer.Ordinal);
        foreach (string name in new[] { "abs", "absent", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil",
            "cos",
            "cosh", "deg", "exp", "floor", "histogram_avg", "histogram_count", "histogram_stddev", "histogram_stdvar",
            "histogram_sum", "ln", "log10", "log2", "rad", "sgn", "sin", "sinh", "sort", "sort_desc", "sqrt", "tan",
            "tanh", "timestamp" })
            Add(table, name, [Vector]);
        foreach (string name in new[] { "absent_over_time", "avg_over_time", "changes", "count_over_time", "delta",
            "deriv",
            "idelta", "increase", "irate", "last_over_time", "max_over_time", "min_over_time", "present_over_time",
                "rate",
            "resets", "stddev_over_time", "stdvar_over_time", "sum_over_time" })
            Add(table, name, [Matrix]);
        foreach (string name in new[] { "first_over_time", "mad_over_time", "ts_of_first_over_time",
            "ts_of_last_over_time", "ts_of_max_over_time", "ts_of_min_over_time" })
            Add(table, name, [Matrix], experimental: true);
        foreach (string name in new[] { "day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute",
            "month", "year" })
            Add(table, name, [Vector], variadic: 1);
        Add(table, "clamp", [Vector, Scalar, Scalar]);
        Add(table, "clamp_max", [Vector, Scalar]);
        Add(table, "clamp_min", [Vector, Scalar]);
        Add(table, "double_exponential_smoothing", [Matrix, Scalar, Scalar], experimental: true);
        Add(table, "histogram_fraction", [Scalar, Scalar, Vector]);
        Add(table, "histogram_quantile", [Scalar, Vector]);
        Add(table, "info", [Vector, Vector], variadic: 1, experimental: true);
        Add(table, "label_join", [Vector, Text, Text, Text], variadic: -1);
        Add(table, "label_replace", [Vector, Text, Text, Text, Text]);
        Add(table, "pi", [], result: Scalar);
        Add(table, "predict_linear", [Matrix, Scalar]);
        Add(table, "quantile_over_time", [Scalar, Matrix]);
        Add(table, "round", [Vector, Scalar], variadic: 1);
        Add(table, "scalar", [Vector], result: Scalar);
        Add(table, "sort_by_label", [Vector, Text], variadic: -1, experimental: true);
        Add(table, "sort_by_label_desc", [Vector, Text], variadic: -1, experimental: true);
        Add(table, "time", [], result: Scalar);
        Add(table, "vector", [Scalar]);
        return table;
    }

    private static void Add(Dictionary<string, FunctionSignature> table, string name, ValueKind[] parameters,
        int variadic = 0, ValueKind result = Vector, bool experimental = false) =>
        table.Add(name, new FunctionSignature(name, parameters, variadic, result, experimental));
}
