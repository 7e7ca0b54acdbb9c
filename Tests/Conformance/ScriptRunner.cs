using System;
using System.Collections.Generic;
using System.Linq;
using Slungd.Engine.PromQL;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Syntax;
using Slungd.Tests.Engine.Query;

namespace Slungd.Tests.Conformance;

/// <summary>Runs a script as Prometheus' promqltest does: instant queries also in the middle of a range, and with their
/// times fixed by `@` at other moments.</summary>
internal sealed class ScriptRunner : IDisposable
{
    private readonly Func<IScriptStore> _open;
    private readonly PromQLOptions _options;
    private IScriptStore _store;

    public ScriptRunner(Func<IScriptStore> open, bool delaysNames = true)
    {
        _open = open;
        _store = open();
        _options = new PromQLOptions { Language = ParserOptions.Everything, DelayedNameRemoval = delaysNames };
    }

    /// <summary>What does not agree, one line each.</summary>
    public List<string> Run(string text)
    {
        List<string> failures = [];
        foreach (object? command in Script.Parse(text).Commands)
        {
            if (command is ScriptLoad load) Load(load);
            else if (command is ScriptEval eval) failures.AddRange(Evaluate(eval).Take(1));
            else Clear();
        }
        return failures;
    }

    public void Dispose() => _store.Dispose();

    private void Clear()
    {
        _store.Dispose();
        _store = _open();
    }

    private void Load(ScriptLoad load)
    {
        foreach (ScriptSeries series in load.Series)
        {
            for (int i = 0; i < series.Samples.Count; i++)
            {
                ScriptSample sample = series.Samples[i];
                if (!sample.IsGap) _store.Put(series.Labels, i * load.Interval, sample.Value, sample.Histogram);
            }
        }
        if (load.WithCustomBuckets) CustomBucketLoader.Load(load, _store);
    }

    private IEnumerable<string> Evaluate(ScriptEval eval)
    {
        // Over the real store everything is shared among threads, however small.
        QueryWorkers workers = _store is RealScriptStore ? new QueryWorkers(4, worthwhile: 1) : new QueryWorkers(1);
        PromQLEngine engine = new(_store.Reader, new FakeClock(), workers: workers);
        string where = $"line {eval.Line}: {eval.Query}";
        if (eval.IsRange)
        {
            if (Check(eval, engine.Range(eval.Query, eval.Start, eval.End, eval.Step, _options)) is { } wrong)
                yield return $"{where}: {wrong}";
            yield break;
        }
        long time = eval.End;
        List<(string Query, long Time)> asked = [(eval.Query, time)];
        if (AnchoredQuery.Of(eval.Query, time) is { } anchored)
            asked.AddRange(AnchoredQuery.Times(time).Select(at => (anchored, at)));
        foreach ((string query, long at) in asked)
            if (EvaluateInstant(engine, eval, query,
                at) is { } wrong) yield return $"{where}: {query} at {at}: {wrong}";
    }

    private string? EvaluateInstant(PromQLEngine engine, ScriptEval eval, string query, long at)
    {
        PromQLResult result = engine.Instant(query, at, _options);
        if (Check(eval, result) is { } wrong) return wrong;
        if (result.Status != PromQLStatus.Done || eval.ExpectsRangeVector || eval.Text is not null) return null;
        if (query.Contains("range()", StringComparison.Ordinal)) return null; // means something else in a range
        PromQLResult range = engine.Range(query, at - 60_000, at + 60_000, 60_000, _options);
        if (range.Status != PromQLStatus.Done) return $"in a range: {range.Error}";
        if (eval.IsOrdered) return null;
        return ResultComparer.CompareAt(eval, range, at) is { } differs ? $"in a range: {differs}" : null;
    }

    private static string? Check(ScriptEval eval, PromQLResult result)
    {
        if (result.Status != PromQLStatus.Done)
            return eval.Fails ? CheckFailure(eval, result.Error!) : $"{result.Status}: {result.Error}";
        if (eval.Fails) return "expected a failure";
        return CheckAnnotations(eval, result) ?? ResultComparer.Compare(eval, result);
    }

    private static string? CheckFailure(ScriptEval eval, string error)
    {
        if (eval.FailMessage is not null && eval.FailMessage != error || eval.FailPattern?.IsMatch(error) == false ||
            eval.Expectations.Any(e => e.Kind == "fail" && !e.Accepts(error))) return $"another failure: {error}";
        return null;
    }

    private static string? CheckAnnotations(ScriptEval eval, PromQLResult result)
    {
        string[] warnings = result.Annotations.Where(a => a.IsWarning).Select(a => a.Message).ToArray();
        string[] infos = result.Annotations.Where(a => !a.IsWarning).Select(a => a.Message).ToArray();
        if (eval.Mode == "warn" && warnings.Length == 0) return "expected a warning";
        if (eval.Mode == "info" && infos.Length == 0) return "expected an info";
        if (eval.Expects("no_warn") && warnings.Length > 0) return $"unexpected {warnings[0]}";
        if (eval.Expects("no_info") && infos.Length > 0) return $"unexpected {infos[0]}";
        return CheckMessages(eval, "warn", warnings) ?? CheckMessages(eval, "info", infos);
    }

    private static string? CheckMessages(ScriptEval eval, string kind, string[] messages)
    {
        List<ScriptExpectation> expected = eval.Expectations.FindAll(e => e.Kind == kind);
        if (expected.Count == 0) return null;
        foreach (ScriptExpectation one in expected)
            if (!messages.Any(one.Accepts)) return $"no {kind} {one.Message ?? one.Pattern?.ToString()}, got: " +
                string.Join("; ", messages);
        foreach (string message in messages)
            if (!expected.Exists(one => one.Accepts(message))) return $"unexpected {kind}: {message}";
        return null;
    }
}
