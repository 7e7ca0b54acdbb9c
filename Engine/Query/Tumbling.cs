namespace Slungd.Engine.Query;

/// <summary>Windows of one length, one after the other, aligned to the epoch; also before it.</summary>
internal static class Tumbling
{
    /// <summary>The window that holds a timestamp: its first and last timestamp, cut where i64 ends.</summary>
    public static void Bounds(long timestamp, long width, out long first, out long last)
    {
        long into = timestamp % width;
        if (into < 0) into += width;
        first = timestamp < long.MinValue + into ? long.MinValue : timestamp - into;
        long left = width - 1 - into;
        last = timestamp > long.MaxValue - left ? long.MaxValue : timestamp + left;
    }
}
