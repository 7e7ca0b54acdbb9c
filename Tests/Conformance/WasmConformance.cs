using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;
using Xunit.Abstractions;

namespace Slungd.Tests.Conformance;

/// <summary>The official WebAssembly 2.0 suite, every assertion but those about the text format, without exceptions.
/// WASM_TESTDATA=DIR runs the folders found there instead.</summary>
public sealed class WasmConformance(ITestOutputHelper output)
{
    public static TheoryData<string, string> Folders()
    {
        TheoryData<string, string> data = [];
        foreach ((string archive, string name) in WasmSuite.Names) data.Add(archive, name);
        if (data.Count == 0) data.Add("none", "none"); // shows as skipped, with the reason
        return data;
    }

    [SuiteTheory]
    [MemberData(nameof(Folders))]
    public void Folder(string archive, string name)
    {
        Assert.True(WasmSuite.WrongFolder is null, WasmSuite.WrongFolder);
        using WasmScript script = new(WasmSuite.Read(archive, name));
        script.Run(name);
        output.WriteLine($"{script.Passed} passed, {script.Failures.Count} failed, {script.Skipped} in text skipped");
        Assert.True(script.Failures.Count == 0, string.Join('\n', script.Failures.Take(20)));
        Assert.True(script.Passed + script.Skipped > 0, "an empty list");
    }

    [Fact]
    public void A_wrong_folder_is_told_what_was_expected()
    {
        string folder = Directory.CreateTempSubdirectory("slungd-wasm-suite-").FullName;
        Assert.EndsWith("NAME.json with the modules that it names beside it; it has none", WasmSuite.Complaint(folder));
        Assert.EndsWith("there is no such folder", WasmSuite.Complaint(folder + "/none"));
        File.WriteAllText(Directory.CreateDirectory($"{folder}/i32").FullName + "/i32.json", "{}");
        Assert.Null(WasmSuite.Complaint(folder));
        Directory.Delete(folder, true);
    }
}

/// <summary>A test over the official suite, where it is at hand.</summary>
internal sealed class SuiteTheoryAttribute : TheoryAttribute
{
    public SuiteTheoryAttribute() => Skip = WasmSuite.Missing;
}
