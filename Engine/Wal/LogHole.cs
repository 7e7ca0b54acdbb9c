namespace Slungd.Engine.Wal;

/// <summary>A part of the log that can't be read.</summary>
/// <param name="Path">The file.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="Length">Its bytes; 0 for a file that is not there, or a frame that makes no sense.</param>
/// <param name="IsProven">Something behind it shows that it was once durable, so this is damage. Otherwise a power cut
/// may have left it so, before anybody was told that the points are safe.</param>
/// <param name="What">In words.</param>
internal sealed record LogHole(string Path, long Offset, long Length, bool IsProven, string What)
{
    public override string ToString() =>
        Length > 0 ? $"{Path}, offset {Offset}: {What} ({Length} bytes)" : $"{Path}, offset {Offset}: {What}";
}
