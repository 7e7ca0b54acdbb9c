using System;
using Microsoft.Extensions.Logging;
using Slungd.Engine.Notes;
using Slungd.Native.Os;

namespace Slungd.Ingest.Hosting;

/// <summary>Metadata and exemplars, which are kept beside the points: their files, and when those are written. What
/// came in the last seconds before a crash is lost: senders repeat metadata, and exemplars are examples.</summary>
/// <param name="log">For what goes wrong.</param>
/// <param name="heapBytes">The hard limit of the managed heap.</param>
internal sealed class MetricNotes(ILogger log, long heapBytes) : IDisposable
{
    private const int MaxFamilies = 100_000;
    private const int MaxExemplars = 10_000;
    private const long MaxMetadataBytes = 32 * 1024 * 1024;
    private const long MaxExemplarBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    private long _syncedAt;
    private bool _isOpen;

    public MetadataStore Metadata { get; } = new(MaxFamilies, Math.Min(MaxMetadataBytes, heapBytes / 16));

    public ExemplarStore Exemplars { get; } = new(MaxExemplars, MaxExemplarBytes);

    /// <summary>Reads the files of a data directory. Without this, everything stays in memory. A disk that is full or
    /// failing keeps no daemon from its points.</summary>
    public void Open(IDisk disk, string directory)
    {
        try
        {
            if (!Metadata.Open(disk, directory)) Log.NotesDamaged(log, "metadata");
            if (!Exemplars.Open(disk, directory)) Log.NotesDamaged(log, "exemplars");
        }
        catch (DiskException e)
        {
            Log.NotesNotWritten(log, e.Message);
        }
        _isOpen = true;
    }

    /// <summary>Writes what is new, every few seconds.</summary>
    public void Tick(TimeProvider clock)
    {
        if (!_isOpen || (_syncedAt != 0 && clock.GetElapsedTime(_syncedAt) < s_interval)) return;
        _syncedAt = clock.GetTimestamp();
        Sync();
    }

    public void Dispose()
    {
        if (_isOpen) Sync();
        _isOpen = false;
        Metadata.Dispose();
        Exemplars.Dispose();
    }

    private void Sync()
    {
        try
        {
            Metadata.Sync();
            Exemplars.Sync();
        }
        catch (DiskException e)
        {
            Log.NotesNotWritten(log, e.Message);
        }
    }
}
