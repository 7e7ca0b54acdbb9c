using System;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Tests.Engine.Fakes;

namespace Slungd.Tests.Conformance;

/// <summary>Series in plain memory, in milliseconds.</summary>
internal sealed class FakeScriptStore : IScriptStore
{
    private readonly FakeSeriesReader _reader = new(Precision.Milliseconds, blockLength: 7);

    public ISeriesReader Reader => _reader;

    public void Put(LabelSet labels, long time, double value, FloatHistogram? histogram)
    {
        SeriesId series = _reader.Series(labels.Name, SeriesTags.Of(labels, histogram is not null));
        bool stored = histogram is null
            ? _reader.Put(series, time, value)
            : _reader.Put(series, time, ValueFamily.Histogram, 0, HistogramCodec.Encode(histogram));
        if (!stored) throw new InvalidOperationException($"{labels} does not take its sample");
    }

    public void Dispose() { }
}
