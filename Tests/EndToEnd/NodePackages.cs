using System.IO;
using Slungd.Tests.Tidy;

namespace Slungd.Tests.EndToEnd;

/// <summary>Packages of Node that tests use: `./build.sh test` puts them below artifacts/tools.</summary>
internal static class NodePackages
{
    /// <summary>What NODE_PATH must be.</summary>
    public static readonly string Folder = Path.Combine(Repository.Root, "artifacts/tools/node_modules");

    /// <summary>Why there is no such package, or no Node; null where there is.</summary>
    public static string? Missing(string package) => !Programs.Has("node") ? "node is not installed"
        : Directory.Exists(Path.Combine(Folder, package)) ? null
        : $"{package} is not installed: npm install --prefix artifacts/tools {package.Split('/')[0]}";
}
