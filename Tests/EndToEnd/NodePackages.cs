using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>Packages of Node that tests use: `./build.sh test` puts them below artifacts/tools.</summary>
internal static class NodePackages
{
    /// <summary>What NODE_PATH must be.</summary>
    public static readonly string Folder = Path.Combine(Repository.Root, "artifacts/tools/node_modules");

    /// <summary>Why there is no such package, or no Node; null where there is.</summary>
    public static string? Missing(string package) => !Programs.Has("node") ? "node is not installed"
        : Directory.Exists(Path.Combine(Folder, package)) ? null
        : $"{package} is not installed: `./build.sh test` does it";

    /// <summary>Runs a script in CommonJS.</summary>
    /// <param name="folder">Receives the file.</param>
    /// <param name="script">Its text.</param>
    /// <param name="variables">Of its environment.</param>
    public static async Task<ProcessResult> Run(DataFolder folder, string script,
        Dictionary<string, string> variables)
    {
        string file = Path.Combine(folder.Path, "script.cjs");
        await File.WriteAllTextAsync(file, script);
        return await Executable.Run("node", [file],
            environment: new Dictionary<string, string>(variables) { ["NODE_PATH"] = Folder });
    }
}

/// <summary>A test that drives the published executable with a package of Node.</summary>
internal sealed class NodeFactAttribute : FactAttribute
{
    public NodeFactAttribute(string package) => Skip = Binary.Missing ?? NodePackages.Missing(package);
}
