using System.Collections.Generic;
using System.Text.RegularExpressions;

namespace Slungd.Tests.Conformance;

/// <summary>An `eval` command of a script with what it expects. Times in milliseconds.</summary>
internal sealed class ScriptEval
{
    public required int Line { get; init; }

    public required string Query { get; init; }

    public required bool IsRange { get; init; }

    public required long Start { get; set; }

    public required long End { get; set; }

    public required long Step { get; set; }

    /// <summary>From the deprecated forms eval_fail, eval_warn, eval_info and eval_ordered.</summary>
    public required string Mode { get; init; }

    public string? FailMessage { get; set; }

    public Regex? FailPattern { get; set; }

    public List<ScriptExpectation> Expectations { get; } = [];

    public List<ScriptSeries> Series { get; } = [];

    public double? Scalar { get; set; }

    public string? Text { get; set; }

    /// <summary>An instant query whose answer is a range vector.</summary>
    public bool ExpectsRangeVector { get; set; }

    public bool Fails => Mode == "fail" || Expects("fail");

    public bool IsOrdered => Mode == "ordered" || Expects("ordered");

    public bool Expects(string kind) => Expectations.Exists(e => e.Kind == kind);
}
