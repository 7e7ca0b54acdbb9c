using System.Collections.Generic;

namespace Slungd.Engine.Notes;

/// <summary>The note files that a data directory may have beside its points.</summary>
/// <param name="Name">In the data directory.</param>
/// <param name="Kind">In its header.</param>
internal sealed record NoteFile(string Name, ushort Kind)
{
    public static readonly NoteFile Metadata = new("metadata", 1);
    public static readonly NoteFile Exemplars = new("exemplars", 2);

    public static readonly IReadOnlyList<NoteFile> All = [Metadata, Exemplars];
}
