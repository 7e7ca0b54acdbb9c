using System;
using System.Collections.Concurrent;
using System.IO;
using System.Threading.Tasks;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>The SDK's examples, and guests of the tests' own, each compiled once.</summary>
public sealed class GuestBuilds : IDisposable
{
    private readonly DataFolder _folder = new();
    private readonly ConcurrentDictionary<(string Language, string Example), Lazy<Task<string>>> _modules = new();

    /// <summary>The module of an example, or of a guest in `GuestSources`: a path.</summary>
    internal Task<string> Module(string language, string example) => _modules.GetOrAdd((language, example),
        key => new Lazy<Task<string>>(() => Build(GuestLanguage.Find(key.Language), key.Example))).Value;

    public void Dispose() => _folder.Dispose();

    private async Task<string> Build(GuestLanguage language, string example)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder.Path, language.Name)).FullName;
        string module = Path.Combine(folder, $"{example}.wasm");
        string source = language.Source(example);
        if (!File.Exists(source)) source = CopyOwn(language, example, folder);
        ProcessResult built = await Executable.Run(language.Compiler!, language.Command(source, module));
        Assert.Equal((0, ""), (built.ExitCode, built.Output + built.Error));
        return module;
    }

    /// <summary>A guest of the tests' own, with the SDK beside it, as its users have it.</summary>
    private static string CopyOwn(GuestLanguage language, string name, string folder)
    {
        string source = $"{name}.{language.Extension}", own = Path.Combine(folder, source);
        File.Copy(Path.Combine(Repository.Root, "Tests", "EndToEnd", "GuestSources", source), own);
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(language.Source(name))!, "slung.*"))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return own;
    }
}

/// <summary>Tests that share the builds, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class GuestCollection : ICollectionFixture<GuestBuilds>
{
    public const string Name = "guests of the SDK";
}
