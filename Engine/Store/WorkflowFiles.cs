using System;

namespace Slungd.Engine.Store;

/// <summary>What a data directory keeps for workflows: modules and configurations. The store does not read them;
/// snapshots take them along.</summary>
internal static class WorkflowFiles
{
    public const string Folder = "workflows";
    public const string Module = ".wasm";
    public const string Config = ".json";

    /// <summary>False for what is half written, or nobody's.</summary>
    public static bool Contain(string file) =>
        file.EndsWith(Module, StringComparison.Ordinal) || file.EndsWith(Config, StringComparison.Ordinal);
}
