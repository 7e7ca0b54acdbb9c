using System;
using System.Collections.Generic;
using Xunit;

namespace Slungd.Tests.Conformance;

/// <summary>The runner fails when an expectation is changed, whatever it is about.</summary>
public sealed class ScriptRunnerTests
{
    private const string Load = """
        load 5m
          a_total{x="1"} 0+60x10
          a_total{x="2"} 0+120x10
          h {{schema:0 sum:5 count:4 buckets:[1 2 1]}}x10

        """;

    [Theory]
    [InlineData("eval instant at 5m a_total\n a_total{x=\"1\"} 60\n a_total{x=\"2\"} 120")]
    [InlineData("eval instant at 5m 1 + 1\n 2")]
    [InlineData("eval instant at 5m \"a\\n\"\n expect string \"a\\n\"")]
    [InlineData("eval range from 0 to 10m step 5m a_total{x=\"1\"} > 0\n a_total{x=\"1\"} _ 60 120")]
    [InlineData("eval instant at 10m a_total{x=\"1\"}[6m]\n expect range vector from 5m to 10m step 5m\n" +
        " a_total{x=\"1\"} 60 120")]
    [InlineData("eval instant at 5m h\n h {{schema:0 sum:5 count:4 buckets:[1 2 1]}}")]
    [InlineData("eval instant at 5m sort_desc(a_total)\n expect ordered\n a_total{x=\"2\"} 120\n a_total{x=\"1\"} 60")]
    [InlineData("eval_ordered instant at 5m sort(a_total)\n a_total{x=\"1\"} 60\n a_total{x=\"2\"} 120")]
    [InlineData("eval instant at 5m a_total + on() a_total\n expect fail")]
    [InlineData("eval_fail instant at 5m label_replace(a_total, \"x\", \"\", \"\", \"\")\n" +
        " expected_fail_message vector cannot contain metrics with the same labelset")]
    [InlineData("eval instant at 5m sum({__name__=~\"a_total|h\"})\n expect warn\n expect no_info")]
    [InlineData("eval instant at 5m sum({__name__=~\"a_total|h\"})\n" +
        " expect warn msg: PromQL warning: encountered a mix of histograms and floats for aggregation")]
    [InlineData("eval_info instant at 5m max(h)")]
    [InlineData("eval instant at 5m max(h)\n expect info regex: ignored .* aggregation\n expect no_warn")]
    [InlineData("eval instant at 5m absent(a_total)")]
    public void What_holds_passes(string eval) => Assert.Empty(Run(Load + "\n\n" + eval));

    [Theory]
    [InlineData("eval instant at 5m a_total\n a_total{x=\"1\"} 61\n a_total{x=\"2\"} 120")]
    [InlineData("eval instant at 5m a_total\n a_total{x=\"1\"} 60")]
    [InlineData("eval instant at 5m a_total\n a_total{x=\"1\"} 60\n a_total{x=\"2\"} 120\n a_total{x=\"3\"} 1")]
    [InlineData("eval instant at 5m a_total{x=\"1\"}\n {x=\"1\"} 60")]
    [InlineData("eval instant at 5m 1 + 1\n 3")]
    [InlineData("eval instant at 5m 1 + 1\n {} 2")]
    [InlineData("eval instant at 5m vector(2)\n 2")]
    [InlineData("eval instant at 5m \"a\"\n expect string \"b\"")]
    [InlineData("eval range from 0 to 10m step 5m a_total{x=\"1\"} > 0\n a_total{x=\"1\"} 0 60 120")]
    [InlineData("eval range from 0 to 10m step 5m a_total{x=\"1\"} > 0\n a_total{x=\"1\"} _ 60")]
    [InlineData("eval range from 0 to 10m step 5m a_total{x=\"1\"} > 0\n a_total{x=\"1\"} _ 60 120 180")]
    [InlineData("eval instant at 10m a_total{x=\"1\"}[6m]\n expect range vector from 5m to 10m step 5m\n" +
        " a_total{x=\"1\"} 60 121")]
    [InlineData("eval instant at 5m h\n h {{schema:0 sum:5 count:4 buckets:[1 3 1]}}")]
    [InlineData("eval instant at 5m h\n h {{schema:0 sum:5 count:4 buckets:[1 2 1] offset:1}}")]
    [InlineData("eval instant at 5m h\n h 4")]
    [InlineData("eval instant at 5m sort_desc(a_total)\n expect ordered\n a_total{x=\"1\"} 60\n a_total{x=\"2\"} 120")]
    [InlineData("eval_ordered instant at 5m sort(a_total)\n a_total{x=\"2\"} 120\n a_total{x=\"1\"} 60")]
    [InlineData("eval instant at 5m a_total + on() a_total")]
    [InlineData("eval instant at 5m 1\n expect fail\n 1")]
    [InlineData(
        "eval_fail instant at 5m label_replace(a_total, \"x\", \"\", \"\", \"\")\n expected_fail_message other")]
    [InlineData(
        "eval_fail instant at 5m label_replace(a_total, \"x\", \"\", \"\", \"\")\n expected_fail_regexp ^other")]
    [InlineData("eval instant at 5m label_replace(a_total, \"x\", \"\", \"\", \"\")\n expect fail msg: other")]
    [InlineData("eval instant at 5m sum({__name__=~\"a_total|h\"})\n expect no_warn")]
    [InlineData("eval instant at 5m sum({__name__=~\"a_total|h\"})\n expect warn msg: PromQL warning: other")]
    [InlineData("eval instant at 5m sum({__name__=~\"a_total|h\"})\n expect info")]
    [InlineData("eval_warn instant at 5m max(h)")]
    [InlineData("eval_info instant at 5m a_total{x=\"1\"}\n a_total{x=\"1\"} 60")]
    [InlineData("eval instant at 5m max(h)\n expect info regex: ignored .* things")]
    [InlineData("eval instant at 5m max(h)\n expect no_info")]
    [InlineData("eval instant at 5m unknown(a_total)")]
    public void What_is_changed_fails(string eval) => Assert.NotEmpty(Run(Load + "\n\n" + eval));

    [Theory]
    [InlineData("evaluate 1")]
    [InlineData("load 5x\n a 1")]
    [InlineData("load 5m\n a one")]
    [InlineData("load 5m\n a{b=1} 1")]
    [InlineData("load 5m\n a {{schema:0 what:1}}")]
    [InlineData("eval instant at 5m 1\n expect nothing\n 1")]
    public void A_script_with_a_mistake_is_refused(string script) =>
        Assert.Throws<FormatException>(() => Run(script));

    [Fact]
    public void Series_lines_expand()
    {
        ScriptSeries series = ScriptSeries.Parse("a{b='c',\"d.e\"=\"f\"} 1 2+3x2 _x2 -1e1x1 stale NaN 4-1x1 .5");
        Assert.Equal("{__name__=\"a\", b=\"c\", \"d.e\"=\"f\"}", series.Labels.ToString());
        Assert.Equal("1 2 5 8 _ _ -10 -10 NaN NaN 4 3 0.5", string.Join(' ', series.Samples));
        series = ScriptSeries.Parse("{} {{schema:0 count:1 sum:2 buckets:[1 2]}}+{{count:1 buckets:[1] offset:1}}x1");
        Assert.Equal("{count:1, sum:2, (0.5,1]:1, (1,2]:2} {count:2, sum:2, (0.5,1]:1, (1,2]:3}",
            string.Join(' ', series.Samples));
    }

    [Fact]
    public void Clear_forgets_everything() =>
        Assert.Empty(Run(Load + "\n\nclear\n\neval instant at 5m a_total\n\neval instant at 5m count(a_total)"));

    internal static List<string> Run(string script)
    {
        using ScriptRunner runner = new(static () => new FakeScriptStore());
        return runner.Run(script);
    }
}
