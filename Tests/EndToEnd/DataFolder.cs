using System;
using System.IO;

namespace Slungd.Tests.EndToEnd;

/// <summary>A folder of its own for one test, deleted afterwards.</summary>
internal sealed class DataFolder : IDisposable
{
    public DataFolder() => Directory.CreateDirectory(Path);

    public string Path { get; } =
        System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"slungd-test-{Guid.NewGuid():n}");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
