using Slungd.Engine.PromQL.Histograms;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>changes() and resets(): a step between a float and a histogram is both.</summary>
internal static class Changes
{
    public static void Count(WindowCall call) => Walk(call, static (before, now) =>
        now != before && !(double.IsNaN(now) && double.IsNaN(before)), static (before, now) => !now.SameAs(before));

    public static void Resets(WindowCall call) =>
        Walk(call, static (before, now) => now < before, static (before, now) => now.IsResetFrom(before));

    private delegate bool FloatStep(double before, double now);

    private delegate bool HistogramStep(FloatHistogram before, FloatHistogram now);

    private static void Walk(WindowCall call, FloatStep floats, HistogramStep histograms)
    {
        int count = 0, f = 0, h = 0;
        if (call.Edges == RangeEdges.Anchored)
        {
            if (call.Values.Length == 0 || call.Times[^1] <= call.After) return;
            while (call.Times[f + 1 < call.Times.Length ? f + 1 : f] <= call.After) f++;
        }
        double beforeFloat = 0;
        FloatHistogram? before = null;
        for (bool first = true; f < call.Values.Length || h < call.Window.HistogramCount; first = false)
        {
            bool takeFloat = h == call.Window.HistogramCount ||
                f < call.Values.Length && call.Times[f] < call.Window.HistogramTimeAt(h);
            double nowFloat = takeFloat ? call.Values[f++] : 0;
            FloatHistogram? now = takeFloat ? null : call.Window.HistogramAt(h++);
            if (!first)
            {
                bool counts = now is null && before is null ? floats(beforeFloat, nowFloat)
                    : now is null || before is null || histograms(before, now);
                if (counts) count++;
            }
            (beforeFloat, before) = (nowFloat, now);
        }
        call.Set(count);
    }
}
