namespace Slungd.Engine.Backups;

/// <summary>Something in a data directory that a person should know.</summary>
/// <param name="Path">The file.</param>
/// <param name="Offset">Where in it, as far as that is known.</param>
/// <param name="What">In words.</param>
/// <param name="IsProblem">Points are lost or in danger. Otherwise it is only worth a word: a leftover that the daemon
/// will remove, or a file that is none of its own.</param>
internal readonly record struct Finding(string Path, long Offset, string What, bool IsProblem)
{
    public override string ToString() => $"{Path}, offset {Offset}: {What}";
}
