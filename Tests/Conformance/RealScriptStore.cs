using System;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Tests.Engine.Store;

namespace Slungd.Tests.Conformance;

/// <summary>The real store, in microseconds; its points are spread over memory and segments.</summary>
internal sealed class RealScriptStore : IScriptStore
{
    private const int PointsPerFlush = 3_000;

    private readonly StoreFixture _fixture = new(static options => options with { PagePoints = 16 });
    private int _points;

    public ISeriesReader Reader => _fixture.Store;

    public void Put(LabelSet labels, long time, double value, FloatHistogram? histogram)
    {
        ValueFamily family = histogram is null ? ValueFamily.Float : ValueFamily.Histogram;
        SeriesId series = _fixture.Series(labels.Name, family, SeriesTags.Of(labels, histogram is not null));
        byte[] payload = histogram is null ? [] : HistogramCodec.Encode(histogram);
        ulong bits = histogram is null ? BitConverter.DoubleToUInt64Bits(value)
            : new PayloadRef(0, (uint)payload.Length).ToBits();
        _fixture.Put([new EventRow { Series = series, Timestamp = time * 1000, Family = family, Bits = bits }],
            payload);
        if (++_points % PointsPerFlush == 0) _fixture.Store.Flush();
    }

    public void Dispose() => _fixture.Dispose();
}
