namespace Slungd.Engine.PromQL.Histograms;

/// <summary>Whether a counter was reset between two samples.</summary>
internal sealed partial class FloatHistogram
{
    /// <summary>True when any count is smaller than in the sample before, or the layout has changed in a way that only
    /// a reset explains: a finer schema, a smaller zero bucket, other custom bounds.</summary>
    public bool IsResetFrom(FloatHistogram previous)
    {
        if (Hint == CounterResetHint.Reset) return true;
        if (Hint == CounterResetHint.NotReset) return false;
        if (Count < previous.Count) return true;
        if (IsCustom != previous.IsCustom || IsCustom && !SameBounds(previous)) return true;
        if (Schema > previous.Schema || ZeroThreshold < previous.ZeroThreshold) return true;
        double zeroCount = previous.ZeroCountFor(ZeroThreshold, out double threshold);
        if (threshold != ZeroThreshold || ZeroCount < zeroCount) return true;
        int levels = previous.Schema - Schema;
        return Shrinks(Positive, levels > 0 ? previous.Positive.Coarser(levels) : previous.Positive) ||
            Shrinks(Negative, levels > 0 ? previous.Negative.Coarser(levels) : previous.Negative);
    }

    private bool Shrinks(BucketList now, BucketList before)
    {
        int i = 0, from = FirstOutsideZero(before);
        for (int j = 0; j < before.Length; j++)
        {
            int index = before.Indexes[j];
            if (index < from || before.Counts[j] == 0) continue;
            while (i < now.Length && now.Indexes[i] < index) i++;
            double count = i < now.Length && now.Indexes[i] == index ? now.Counts[i] : 0;
            if (count < before.Counts[j]) return true;
        }
        return false;
    }
}
