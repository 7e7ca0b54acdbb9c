using System;
using System.Collections.Concurrent;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>The SDK's examples, each compiled once.</summary>
public sealed class GuestBuilds : IDisposable
{
    private readonly DataFolder _folder = new();
    private readonly ConcurrentDictionary<(string Language, string Example), Lazy<Task<string>>> _modules = new();

    /// <summary>The module of an example: a path.</summary>
    internal Task<string> Module(string language, string example) => _modules.GetOrAdd((language, example),
        key => new Lazy<Task<string>>(() => Build(GuestLanguage.Find(key.Language), key.Example))).Value;

    public void Dispose() => _folder.Dispose();

    private async Task<string> Build(GuestLanguage language, string example)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder.Path, language.Name)).FullName;
        string module = Path.Combine(folder, $"{example}.wasm");
        ProcessResult built =
            await Executable.Run(language.Compiler!, language.Command(language.Source(example), module));
        Assert.Equal((0, ""), (built.ExitCode, built.Output + built.Error));
        return module;
    }
}

/// <summary>Tests that share the builds, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class GuestCollection : ICollectionFixture<GuestBuilds>
{
    public const string Name = "guests of the SDK";
}
