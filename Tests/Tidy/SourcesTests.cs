using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace Slungd.Tests.Tidy;

public class SourcesTests
{
    private static readonly string[] TextEndings =
        [".cs", ".csproj", ".props", ".md", ".sh", ".ps1", ".json", ".yml", "Dockerfile", ".editorconfig", ".gitignore",
            ".ci/run"];

    private static IEnumerable<string> TextFiles =>
        Repository.Files.Where(static f => TextEndings.Any(e => f.EndsWith(e, StringComparison.Ordinal)) &&
            !f.StartsWith("Tests/Golden/", StringComparison.Ordinal));

    [Fact]
    public void TreeIsFound() => Assert.Contains("Tests/Tidy/SourcesTests.cs", Repository.Sources);

    [Fact]
    public void FilesAreShort() => Violations.None(Each(Repository.Sources, SourceRules.FileLength));

    [Fact]
    public void LongFileIsFound() => Assert.Single(SourceRules.FileLength("a.cs", new string('\n', 601)));

    [Fact]
    public void LinesAreShort() => Violations.None(Each(Repository.Sources, SourceRules.Columns));

    [Fact]
    public void LongLineIsFound() =>
        Assert.Single(SourceRules.Columns("a.cs", new string('x', 121) + "\n" + new string('x', 120)));

    [Fact]
    public void WhitespaceIsClean() => Violations.None(Each(TextFiles, SourceRules.Whitespace));

    [Theory]
    [InlineData("a\tb\n")]
    [InlineData("a \n")]
    [InlineData("a\r\n")]
    [InlineData("a")]
    [InlineData("a\n\n")]
    [InlineData("\ufeffa\n")]
    public void BadWhitespaceIsFound(string text) => Assert.NotEmpty(SourceRules.Whitespace("a.cs", text));

    [Fact]
    public void NothingIsLeftUnfinished() => Violations.None(Each(
        Repository.Sources.Where(static f =>
            !f.StartsWith("Tests/Tidy/", StringComparison.Ordinal)), SourceRules.LeftOvers));

    [Fact]
    public void LeftOverIsFound() =>
        Assert.Equal(["a.cs:2: TODO"], SourceRules.LeftOvers("a.cs", "fine\n// TODO later\nTODOS\n"));

    [Fact]
    public void EventsOfTheLogAreNumberedOnce() => Violations.None(
        SourceRules.EventNumbers(Repository.ProductSources.Select(static f => (f, Repository.Read(f)))));

    [Fact]
    public void AnEventNumberThatIsTakenIsFound() => Assert.Equal(["b.cs: event 7 is in a.cs already"],
        SourceRules.EventNumbers([("a.cs", "[LoggerMessage(7, "), ("b.cs", "[LoggerMessage(8, [LoggerMessage(7, ")]));

    [Fact]
    public void NamespacesAreFolders() => Violations.None(Each(Repository.Sources, SourceRules.NamespaceIsFolder));

    [Fact]
    public void WrongNamespaceIsFound()
    {
        Assert.Single(SourceRules.NamespaceIsFolder("Engine/Store/A.cs", "namespace Slungd.Engine;\n"));
        Assert.Single(SourceRules.NamespaceIsFolder("Engine/Store/A.cs", "// namespace Slungd.Engine.Store;\n"));
        Assert.Empty(SourceRules.NamespaceIsFolder("Engine/Store/A.cs", "namespace Slungd.Engine.Store;\n"));
        Assert.Empty(SourceRules.NamespaceIsFolder("Tests/Engine/Query/A.cs", "namespace Slungd.Tests.EngineQuery;\n"));
        Assert.Empty(SourceRules.NamespaceIsFolder("Program.cs", "namespace Slungd;\n"));
    }

    [Fact]
    public void FilesAreNamedAsTypes() => Violations.None(Each(Repository.Sources, SourceRules.FileIsType));

    [Fact]
    public void MisnamedFileIsFound()
    {
        Assert.Single(SourceRules.FileIsType("Engine/Store/A.cs", "class B;\n"));
        Assert.Empty(SourceRules.FileIsType("Engine/Store/A.Write.cs", "partial class A;\n"));
        Assert.Empty(SourceRules.FileIsType("Engine/Store/A.cs", "internal delegate ref int A(int b);\n"));
    }

    [Fact]
    public void FoldersAreNamedForWhatTheyHold() => Violations.None(Repository.Files.SelectMany(SourceRules.Folders));

    [Fact]
    public void VagueFolderIsFound() => Assert.Single(SourceRules.Folders("Engine/Utils/A.cs"));

    [Fact]
    public void UnsafeCodeStaysInNative()
    {
        Dictionary<string, string?> found = Repository.ProductSources
            .Where(static f => !f.StartsWith("Native/", StringComparison.Ordinal))
            .ToDictionary(static f => f, static f => SourceRules.UnsafeUse(Repository.Read(f)));
        Violations.None(found.Where(static p => p.Value is not null && !Exemptions.Unsafe.ContainsKey(p.Key))
            .Select(static p => $"{p.Key}: {p.Value} outside Native, and not in Tests/Tidy/Exemptions.cs"));
        Violations.None(Exemptions.Unsafe.Keys.Where(f => found.GetValueOrDefault(f) is null)
            .Select(static f => $"{f}: exemption no longer needed"));
    }

    [Theory]
    [InlineData("unsafe void F() { }", "unsafe")]
    [InlineData("x = Unsafe.As<int>(y);", "Unsafe.")]
    [InlineData("using static System.Runtime.InteropServices.MemoryMarshal;", "MemoryMarshal")]
    [InlineData("// unsafe in a comment\nstring s = \"unsafe\";", null)]
    public void UnsafeUseIsFound(string text, string? expected) => Assert.Equal(expected, SourceRules.UnsafeUse(text));

    [Theory]
    [InlineData("a // b", "a     ")]
    [InlineData("a /* b\nc */ d", "a     \n     d")]
    [InlineData("a \"b\\\"c\" d", "a        d")]
    [InlineData("a @\"b\"\"c\\\" d", "a          d")]
    [InlineData("a '\\'' b", "a      b")]
    [InlineData("a \"\"\"b \"c\" \"\"\" d", "a              d")]
    [InlineData("a $\"{b(\"x\")}{{\" d", "a               d")]
    public void TextThatIsNoCodeIsBlanked(string source, string code) => Assert.Equal(code, CodeText.Strip(source));

    [Fact]
    public void CallsAreAllowedWhereTheyStand()
    {
        using AssemblyFile product = AssemblyFile.Product();
        Violations.None(BannedCalls.Find(product, BannedCalls.All));
    }

    [Theory]
    [InlineData("System.DateTime.get_UtcNow")]
    [InlineData("System.Threading.Tasks.Task.Run")]
    [InlineData("System.Threading.Thread.Sleep")]
    [InlineData("System.Environment.get_TickCount64")]
    [InlineData("System.GC.Collect")]
    [InlineData("System.Security.Cryptography.RandomNumberGenerator.Fill")]
    public void BannedCallIsFound(string member)
    {
        using AssemblyFile samples = AssemblyFile.Tests();
        Assert.Contains(BannedCalls.Find(samples, BannedCalls.All),
            v => v.StartsWith($"Slungd.Tests.Tidy.Samples.Native.BannedCaller uses {member}:",
                StringComparison.Ordinal));
    }

    [Fact]
    public void FunctionsAreShort()
    {
        using AssemblyFile product = AssemblyFile.Product();
        FunctionLength[] tooLong = FunctionLengths.Read(product).Where(static f => f.Lines > 70).ToArray();
        Violations.None(tooLong.Where(static f => !Exemptions.FunctionLength.ContainsKey(f.Name))
            .Select(static f => $"{f.Name} in {f.File}: {f.Lines} lines, at most 70"));
        Violations.None(Exemptions.FunctionLength.Keys.Except(tooLong.Select(static f => f.Name))
            .Select(static name => $"{name}: exemption no longer needed"));
    }

    [Theory]
    [InlineData("LongFunctions.Plain")]
    [InlineData("LongFunctions.Iterator")]
    [InlineData("LongFunctions.Async")]
    public void LongFunctionIsFound(string name)
    {
        using AssemblyFile samples = AssemblyFile.Tests();
        Assert.Contains(FunctionLengths.Read(samples), f => f.Name == name && f.Lines > 70);
    }

    private static IEnumerable<string> Each(
        IEnumerable<string> files, Func<string, string, IEnumerable<string>> rule) =>
        files.SelectMany(f => rule(f, Repository.Read(f)));
}
