namespace Slungd.Engine.Model;

/// <summary>A series inside this process: dense, from 0, never on disk or wire.</summary>
internal readonly record struct SeriesId(uint Value)
{
    public static readonly SeriesId None = new(uint.MaxValue);
}
