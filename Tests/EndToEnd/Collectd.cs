using System;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading.Tasks;

namespace Slungd.Tests.EndToEnd;

/// <summary>Debian's `collectd` in the foreground, with what it tells of a machine by itself: processors, load, memory.
/// </summary>
internal sealed class Collectd : IAsyncDisposable
{
    public const string Program = "collectd";

    private readonly Process _process;
    private readonly DataFolder _folder;
    private readonly StringBuilder _log = new();

    private Collectd(Process process, DataFolder folder) => (_process, _folder) = (process, folder);

    /// <summary>Starts it with plugins that write.</summary>
    /// <param name="writers">More of its configuration.</param>
    public static async Task<Collectd> Start(string writers)
    {
        var folder = new DataFolder();
        string file = Path.Combine(folder.Path, "collectd.conf");
        await File.WriteAllTextAsync(file, $"""
            Hostname "web01"
            FQDNLookup false
            Interval 0.5
            BaseDir "{folder.Path}"
            PIDFile "{folder.Path}/collectd.pid"
            LoadPlugin cpu
            LoadPlugin load
            LoadPlugin memory
            {writers}

            """);
        ProcessStartInfo start = Executable.StartInfo(Program, ["-f", "-C", file], null, folder.Path);
        Collectd collectd = new(new Process { StartInfo = start }, folder);
        collectd._process.OutputDataReceived += collectd.Note;
        collectd._process.ErrorDataReceived += collectd.Note;
        collectd._process.Start();
        collectd._process.BeginOutputReadLine();
        collectd._process.BeginErrorReadLine();
        return collectd;
    }

    public bool HasEnded => _process.HasExited;

    /// <summary>Everything it said.</summary>
    public string Log
    {
        get { lock (_log) return _log.ToString(); }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    private void Note(object sender, DataReceivedEventArgs line)
    {
        lock (_log) _log.AppendLine(line.Data);
    }
}
