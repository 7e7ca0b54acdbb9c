using System;
using System.Collections.Generic;
using Slungd.Engine.Notes;
using Slungd.Engine.Segments;
using Slungd.Engine.Store;
using Slungd.Native.Os;

namespace Slungd.Engine.Backups;

/// <summary>Walks all of a data directory, or of a snapshot, and changes nothing: FORMAT, every segment to the last
/// value, the tombstones, the log. What it says is what a daemon would find, and all of it at once.</summary>
/// <param name="disk">The world.</param>
/// <param name="directory">Nobody else may change it meanwhile.</param>
/// <param name="report">Receives what is found, in the order of the walk.</param>
internal sealed class DirectoryVerifier(IDisk disk, string directory, Action<Finding> report)
{
    private readonly Verification _result = new();
    private readonly Dictionary<ulong, SegmentName> _numbers = [];
    private readonly List<SegmentFooter> _footers = [];
    private ulong _logThrough;

    /// <summary>So far; may be watched by another thread.</summary>
    public Verification Result => _result;

    public Verification Run()
    {
        if (!disk.DirectoryExists(directory)) Problem(directory, 0, "there is no such directory");
        else
        {
            Guard(directory, VerifyFormat);
            Guard(directory, VerifySegments);
            Guard(directory, VerifyTombstones);
            Guard(directory, VerifyLog);
            foreach (NoteFile note in NoteFile.All) Guard(directory + "/" + note.Name, () => VerifyNotes(note));
            Guard(directory, MentionQuarantine);
        }
        return _result;
    }

    private void VerifyFormat()
    {
        string path = directory + "/" + FormatFile.Name;
        if (!disk.FileExists(path))
        {
            Problem(path, 0, "it is missing: this is no data directory, or nobody knows the unit of its timestamps");
            return;
        }
        try { _result.Precision = FormatFile.Read(disk, path); }
        catch (StoreOpenException e) { Problem(path, 0, e.Message); }
    }

    private void VerifySegments()
    {
        var folder = new SegmentFolder(disk, directory);
        if (!disk.DirectoryExists(folder.Path)) return;
        var files = new HashSet<string>(disk.ListFiles(folder.Path), StringComparer.Ordinal);
        var names = new List<SegmentName>();
        foreach (string file in files)
        {
            string path = folder.Path + "/" + file;
            if (file.EndsWith(SegmentName.Temporary, StringComparison.Ordinal))
                Note(path, "half written when a process died; the daemon will remove it");
            else if (!SegmentName.TryParse(file, out SegmentName name, out bool isIndex))
                Note(path, "not a file of the daemon");
            else if (isIndex) names.Add(name);
            else if (files.Contains(name.Idx)) continue;
            else if (files.Contains(name.Idx + SegmentName.Temporary))
                Note(path, "begun or being removed when a process died; the daemon will remove it");
            else Problem(path, 0, SegmentFolder.IndexIsGone);
        }
        names.Sort(static (a, b) => a.Number.CompareTo(b.Number));
        _result.SegmentsTotal = names.Count;
        foreach (SegmentName name in names)
        {
            Guard(folder.Path + "/" + name.Idx, () => VerifySegment(folder, name));
            _result.Segments++;
        }
        foreach (ulong leftover in CompactionLeftovers.Among(_footers))
            Note(folder.Path + "/" + _numbers[leftover].Idx, "left over from a compaction; the daemon will remove it");
    }

    private void VerifySegment(SegmentFolder folder, SegmentName name)
    {
        if (!_numbers.TryAdd(name.Number, name))
            Problem(folder.Path + "/" + name.Idx, 0, $"{_numbers[name.Number]} has the same number");
        try
        {
            using SegmentReader reader = SegmentReader.Open(disk, folder.Path, name);
            SegmentFooter footer = reader.Footer;
            if (_result.Precision is { } precision && footer.Precision != precision)
                Problem(reader.IdxPath, footer.Pages.Offset, "its timestamps are of another precision");
            _logThrough = Math.Max(_logThrough, footer.LogThrough);
            _footers.Add(footer);
            new SegmentVerifier(Corrupt, () => _result.Pages++).Verify(reader);
            _result.Points += footer.Rows;
            _result.Bytes += reader.BytesOnDisk;
        }
        catch (SegmentCorruptException e) { Corrupt(e); }
        catch (SegmentVersionException e) { Problem(folder.Path + "/" + name.Idx, 0, e.Message); }
    }

    private void VerifyTombstones()
    {
        string path = directory + "/" + TombstoneFile.Name;
        if (disk.FileExists(path + TombstoneFile.Temporary))
            Note(path + TombstoneFile.Temporary, "half written when a process died; the next delete replaces it");
        if (!disk.FileExists(path)) return;
        using MappedFile file = disk.Map(path);
        try
        {
            string? wrong = TombstoneFile.Read(file.Slice(0, (int)file.Length), null, out _, out ulong logThrough);
            if (wrong is not null) Problem(path, 0, $"{wrong}; without it deleted points come back");
            _logThrough = Math.Max(_logThrough, logThrough);
        }
        catch (StoreOpenException e) { Problem(path, 0, e.Message); }
    }

    private void VerifyLog()
    {
        if (_result.Precision is { } precision)
            new LogVerifier(disk, directory).Verify(precision, _logThrough, Report, _result);
    }

    private void VerifyNotes(NoteFile note)
    {
        string path = directory + "/" + note.Name;
        if (!disk.FileExists(path)) return;
        long end = new NoteLog(disk, directory, note).FindEnd(out long length);
        if (end == 0) Problem(path, 0, "no sound header");
        else if (end < length) Report(new Finding(path, end, "it ends unevenly, as after a crash", IsProblem: false));
    }

    private void MentionQuarantine()
    {
        string path = new SegmentFolder(disk, directory).QuarantinePath;
        if (!disk.DirectoryExists(path)) return;
        foreach (string file in disk.ListFiles(path)) Note(path + "/" + file, "was found damaged, and put aside");
    }

    /// <summary>What can't be read is a problem, and no reason to stop.</summary>
    private void Guard(string path, Action part)
    {
        try { part(); }
        catch (DiskException e) { Problem(path, 0, e.Message); }
    }

    private void Corrupt(SegmentCorruptException e) => Problem(e.File, e.Offset, e.What);

    private void Problem(string path, long offset, string what) =>
        Report(new Finding(path, offset, what, IsProblem: true));

    private void Note(string path, string what) => Report(new Finding(path, 0, what, IsProblem: false));

    private void Report(Finding finding)
    {
        if (finding.IsProblem) _result.Problems++;
        report(finding);
    }
}
