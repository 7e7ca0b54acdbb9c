using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Xunit;

namespace Slungd.Tests.Conformance;

/// <summary>The runner of the official suite must notice what is wrong: a tiny folder that passes, then the same with
/// one expectation changed at a time.</summary>
public sealed class WasmScriptTests
{
    // (module (memory 1)
    //   (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2)))
    //   (func (export "trap") unreachable))
    private static readonly byte[] Module = Convert.FromHexString("0061736D01000000"
        + "010902" + "60017C017C" + "600000"
        + "0303020001"
        + "05030100" + "01"
        + "070F02" + "0468616C660000" + "04747261700001"
        + "0A1402" + "0E00" + "2000" + "440000000000000040" + "A3" + "0B" + "0300" + "00" + "0B");

    private const string Good = """
        {"commands": [
         {"type": "module", "line": 1, "filename": "m.wasm"},
         {"type": "assert_return", "line": 2, "action": {"type": "invoke", "field": "half",
          "args": [{"type": "f64", "value": "4611686018427387904"}]},
          "expected": [{"type": "f64", "value": "4607182418800017408"}]},
         {"type": "assert_return", "line": 3, "action": {"type": "invoke", "field": "half",
          "args": [{"type": "f64", "value": "9221120237041090560"}]},
          "expected": [{"type": "f64", "value": "nan:canonical"}]},
         {"type": "assert_trap", "line": 4, "action": {"type": "invoke", "field": "trap", "args": []},
          "text": "unreachable", "expected": []},
         {"type": "assert_malformed", "line": 5, "filename": "malformed.wasm", "text": "unexpected end",
          "module_type": "binary"},
         {"type": "assert_invalid", "line": 6, "filename": "invalid.wasm", "text": "type mismatch",
          "module_type": "binary"},
         {"type": "assert_malformed", "line": 7, "filename": "text.wat", "text": "any", "module_type": "text"}
        ]}
        """;

    [Fact]
    public void Passes_what_is_right()
    {
        using WasmScript script = Run(Good);
        Assert.Empty(script.Failures);
        Assert.Equal(6, script.Passed);
        Assert.Equal(1, script.Skipped);
    }

    [Theory]
    [InlineData("\"4607182418800017408\"", "\"4607182418800017409\"")] // another value
    [InlineData("\"nan:canonical\"", "\"0\"")]
    [InlineData("\"unreachable\"", "\"integer overflow\"")] // another trap
    [InlineData("assert_trap", "assert_return")] // no trap
    [InlineData("\"assert_malformed\", \"line\": 5", "\"assert_invalid\", \"line\": 5")]
    [InlineData("\"assert_invalid\", \"line\": 6", "\"assert_malformed\", \"line\": 6")]
    [InlineData("\"invalid.wasm\"", "\"m.wasm\"")] // a valid module that should not be
    [InlineData("{\"type\": \"module\", \"line\": 1,",
        "{\"type\": \"module\", \"line\": 0, \"filename\": \"invalid.wasm\"}, {\"type\": \"module\", \"line\": 1,")]
    public void Fails_on_a_changed_expectation(string from, string to)
    {
        Assert.Contains(from, Good);
        using WasmScript script = Run(Good.Replace(from, to, StringComparison.Ordinal));
        Assert.Single(script.Failures);
    }

    private static WasmScript Run(string list)
    {
        byte[] invalid = [.. Module];
        invalid[^6] = 0x92; // f32.add of two f64
        WasmScript script = new(new Dictionary<string, byte[]>
        {
            ["t.json"] = Encoding.UTF8.GetBytes(list),
            ["m.wasm"] = Module,
            ["malformed.wasm"] = [.. Module.SkipLast(1)],
            ["invalid.wasm"] = invalid,
        });
        script.Run("t");
        return script;
    }
}
