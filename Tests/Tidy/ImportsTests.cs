using System.Collections.Generic;
using System.Linq;
using System.Reflection.Metadata;
using Xunit;

namespace Slungd.Tests.Tidy;

public class ImportsTests
{
    private const string Sample = "Slungd.Tests.Tidy.Samples";

    [Fact]
    public void ImportsPointInOneDirection()
    {
        using AssemblyFile product = AssemblyFile.Product();
        Violations.None(Broken(product, "Slungd"));
    }

    [Fact]
    public void UsingsPointInOneDirection() =>
        Violations.None(Repository.ProductSources.SelectMany(static f => SourceRules.Usings(f, Repository.Read(f))));

    [Fact]
    public void NoTypeIsNamedAsItsNamespace()
    {
        using AssemblyFile product = AssemblyFile.Product();
        Violations.None(NamedAsNamespace(product, "Slungd"));
        using AssemblyFile samples = AssemblyFile.Tests();
        Assert.Contains($"{Sample}.Ingest.Ingest", NamedAsNamespace(samples, Sample));
    }

    // Each sample type reaches upwards in one way that only metadata or IL shows.
    [Theory]
    [InlineData("ByBaseType")]
    [InlineData("ByField")]
    [InlineData("ByParameter")]
    [InlineData("ByGenericArgument")]
    [InlineData("ByCall")]
    [InlineData("ByGenericCall")]
    [InlineData("ByAttribute")]
    [InlineData("ByConstraint")]
    [InlineData("ByLambda")]
    [InlineData("ByCatch")]
    public void HiddenImportIsFound(string type)
    {
        using AssemblyFile samples = AssemblyFile.Tests();
        Assert.Contains(Broken(samples, Sample), v =>
            v.StartsWith($"{Sample}.Native.{type} ", System.StringComparison.Ordinal));
    }

    [Fact]
    public void AllowedImportIsNoViolation()
    {
        using AssemblyFile samples = AssemblyFile.Tests();
        Assert.DoesNotContain(Broken(samples, Sample), static v =>
            v.StartsWith($"{Sample}.Ingest", System.StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Slungd.Native.Memory", "Slungd.Engine.Model", false)]
    [InlineData("Slungd.Engine.Store", "Slungd.Native.Os", true)]
    [InlineData("Slungd.Engine.Store", "Slungd.Engine.Segments", true)]
    [InlineData("Slungd.Engine.Store", "Slungd.Workflows.Abi", false)]
    [InlineData("Slungd.Workflows.Abi", "Slungd.Ingest.Http", false)]
    [InlineData("Slungd.Engine.Model", "Slungd.Engine.Store", false)]
    [InlineData("Slungd.Engine.Model", "Slungd.Native.Checks", true)]
    [InlineData("Slungd.Engine.Query", "Slungd.Engine.Store", false)]
    [InlineData("Slungd.Engine.Query", "Slungd.Engine.Model", true)]
    [InlineData("Slungd.Engine.PromQL", "Slungd.Engine.Query", false)]
    [InlineData("Slungd.Ingest.Net", "Slungd.Workflows.Supervisor", false)]
    [InlineData("Slungd.Ingest.Http", "Slungd.Workflows.Supervisor", true)]
    [InlineData("Slungd.Ingest.Hosting", "Slungd.Workflows.Supervisor", true)]
    [InlineData("Slungd.Ingest.Protocols.Influx", "Slungd.Engine.Model", true)]
    [InlineData("Slungd.Ingest.Protocols.Influx", "Slungd.Ingest.Net", false)]
    [InlineData("Slungd.Ingest.Framing", "Slungd.Engine.Query", false)]
    [InlineData("Slungd.Ingest.Net", "Slungd", false)]
    [InlineData("Slungd", "Slungd.Ingest.Hosting", true)]
    [InlineData("Slungd.Native.Os", "System.IO", true)]
    public void DirectionOfDesign(string from, string to, bool allowed) =>
        Assert.Equal(allowed, ImportRules.Violation("Slungd", from, to) is null);

    [Fact]
    public void ForbiddenUsingIsFound()
    {
        Assert.Single(SourceRules.Usings("Engine/Store/A.cs",
            "using Slungd.Ingest.Net;\n\nnamespace Slungd.Engine.Store;\n"));
        Assert.Single(SourceRules.Usings("Engine/Store/A.cs",
            "global using Slungd.Native.Os;\n\nnamespace Slungd.Engine.Store;\n"));
        Assert.Empty(SourceRules.Usings("Ingest/Net/A.cs",
            "using Slungd.Engine.Model;\n\nnamespace Slungd.Ingest.Net;\n"));
    }

    private static IEnumerable<string> Broken(AssemblyFile assembly, string root) =>
        from edge in ImportEdges.Read(assembly)
        let why = ImportRules.Violation(root, edge.FromNamespace, edge.ToNamespace)
        where why is not null
        select $"{edge.From} uses {edge.To}: {why}";

    private static IEnumerable<string> NamedAsNamespace(AssemblyFile assembly, string root)
    {
        MetadataReader metadata = assembly.Metadata;
        var types = new List<(string Namespace, string Name)>();
        foreach (TypeDefinitionHandle handle in metadata.TypeDefinitions)
        {
            TypeDefinition type = metadata.GetTypeDefinition(handle);
            string ns = metadata.GetString(type.Namespace);
            if (!ns.StartsWith(root, System.StringComparison.Ordinal)) continue;
            types.Add((ns, metadata.GetString(type.Name)));
        }
        return types.Where(t => t.Namespace.EndsWith("." + t.Name, System.StringComparison.Ordinal))
            .Select(static t => $"{t.Namespace}.{t.Name}");
    }
}
