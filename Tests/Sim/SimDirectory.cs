using System;
using System.Collections.Generic;

namespace Slungd.Tests.Sim;

/// <summary>The names of a simulated disk, as the process sees them and as they are durable. One flat table of paths:
/// a directory is a path that was made one.</summary>
internal sealed class SimDirectory
{
    /// <summary>One step: it happens as a whole or not at all.</summary>
    /// <param name="Names">Paths and what they name from then on; null: nothing.</param>
    private sealed record Step((string Path, SimInode? File)[] Names);

    private readonly SortedDictionary<string, SimInode> _live = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SimInode> _durable = new(StringComparer.Ordinal);
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal) { "" };
    private readonly HashSet<string> _durableDirectories = new(StringComparer.Ordinal) { "" };
    private readonly List<Step> _steps = [];

    public IEnumerable<string> Files => _live.Keys;

    public IEnumerable<SimInode> Inodes => new HashSet<SimInode>(_live.Values);

    public SimInode? Find(string path) => _live.GetValueOrDefault(path);

    public bool HasDirectory(string path) => _directories.Contains(Plain(path));

    public static string ParentOf(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];

    /// <summary>The root has no name of its own here.</summary>
    private static string Plain(string directory) => directory is "/" or "." ? "" : directory;

    /// <summary>Names in a directory, files or directories.</summary>
    public List<string> List(string directory, bool directories)
    {
        var names = new List<string>();
        IEnumerable<string> paths = directories ? _directories : _live.Keys;
        foreach (string path in paths)
            if (path.Length > 0 && ParentOf(path) == directory) names.Add(path[(directory.Length + 1)..]);
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    public void AddDirectory(string path)
    {
        for (path = Plain(path); _directories.Add(path); path = ParentOf(path))
        {
            // its parents, too
        }
    }

    /// <summary>With all that is in it. Durable at once: nobody may build on that, or on the contrary.</summary>
    public void MoveDirectory(string from, string to)
    {
        foreach (HashSet<string> set in (HashSet<string>[])[_directories, _durableDirectories])
        {
            foreach (string path in List(set))
                if (IsUnder(path, from) && set.Remove(path)) set.Add(to + path[from.Length..]);
        }
        foreach (IDictionary<string, SimInode> names in (IDictionary<string, SimInode>[])[_live, _durable])
        {
            foreach (string path in new List<string>(names.Keys))
            {
                if (!IsUnder(path, from)) continue;
                names[to + path[from.Length..]] = names[path];
                names.Remove(path);
            }
        }
        foreach (Step step in _steps)
        {
            for (int i = 0; i < step.Names.Length; i++)
                if (IsUnder(step.Names[i].Path, from)) step.Names[i].Path = to + step.Names[i].Path[from.Length..];
        }
    }

    public void RemoveDirectory(string path)
    {
        _directories.Remove(path);
        _durableDirectories.Remove(path);
    }

    public void Set(params (string Path, SimInode? File)[] names)
    {
        foreach ((string path, SimInode? file) in names)
        {
            if (file is null) _live.Remove(path);
            else _live[path] = file;
        }
        _steps.Add(new Step(names));
    }

    public void Sync(string directory)
    {
        directory = Plain(directory);
        for (int i = 0; i < _steps.Count;)
        {
            if (!Touches(_steps[i], directory))
            {
                i++;
                continue;
            }
            Apply(_steps[i]);
            _steps.RemoveAt(i);
        }
        foreach (string path in _directories)
            if (path.Length > 0 && ParentOf(path) == directory) _durableDirectories.Add(path);
    }

    /// <summary>Each step happened or not; not one that builds on another that did not.</summary>
    public void CutPower(SimRandom random)
    {
        int habit = random.Below(4);
        var undone = new HashSet<string>(StringComparer.Ordinal);
        foreach (Step step in _steps)
        {
            bool happened = habit switch { 0 => false, 1 => true, _ => random.OneIn(2) };
            foreach ((string path, _) in step.Names) happened &= !undone.Contains(path);
            if (happened) Apply(step);
            else
                foreach ((string path, _) in step.Names) undone.Add(path);
        }
        _steps.Clear();
        foreach (string path in List(_directories))
            if (!_durableDirectories.Contains(path) && random.OneIn(2)) _directories.Remove(path);
        foreach (string path in List(_directories))
            if (path.Length > 0 && !_directories.Contains(ParentOf(path))) _directories.Remove(path);
        _live.Clear();
        foreach ((string path, SimInode file) in _durable)
            if (_directories.Contains(ParentOf(path))) _live.Add(path, file);
        _durable.Clear();
        foreach ((string path, SimInode file) in _live) _durable.Add(path, file);
        _durableDirectories.Clear();
        _durableDirectories.UnionWith(_directories);
    }

    private static bool IsUnder(string path, string directory) =>
        path == directory || path.StartsWith(directory + "/", StringComparison.Ordinal);

    private static List<string> List(HashSet<string> paths)
    {
        var list = new List<string>(paths);
        list.Sort(StringComparer.Ordinal); // parents first, and the same order each time
        return list;
    }

    private static bool Touches(Step step, string directory)
    {
        foreach ((string path, _) in step.Names)
            if (ParentOf(path) == directory) return true;
        return false;
    }

    private void Apply(Step step)
    {
        foreach ((string path, SimInode? file) in step.Names)
        {
            if (file is null) _durable.Remove(path);
            else _durable[path] = file;
        }
    }
}
