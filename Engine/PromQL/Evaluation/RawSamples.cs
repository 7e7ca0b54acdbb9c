using Slungd.Engine.PromQL.Histograms;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>A window's samples as a series of an answer.</summary>
internal static class RawSamples
{
    public static PromQLSeries ToSeries(LabelSet labels, SampleWindow window, TimeScale scale)
    {
        int floats = window.Values.Length, count = floats + window.HistogramCount;
        long[] times = new long[count];
        double[] values = new double[count];
        FloatHistogram?[]? histograms = window.HistogramCount > 0 ? new FloatHistogram?[count] : null;
        for (int i = 0, f = 0, h = 0; i < count; i++)
        {
            bool takeFloat = h == window.HistogramCount || f < floats && window.Times[f] < window.HistogramTimeAt(h);
            times[i] = scale.Milliseconds(takeFloat ? window.Times[f] : window.HistogramTimeAt(h));
            if (takeFloat) values[i] = window.Values[f++];
            else histograms![i] = window.HistogramAt(h++);
        }
        return new PromQLSeries(labels, times, values, histograms);
    }
}
