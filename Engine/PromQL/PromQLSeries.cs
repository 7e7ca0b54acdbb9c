using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Histograms;

namespace Slungd.Engine.PromQL;

/// <summary>One series of an answer; the arrays are equally long.</summary>
/// <param name="Labels">Its labels.</param>
/// <param name="Times">Milliseconds since the epoch, ascending.</param>
/// <param name="Values">Floats; meaningless where a histogram is.</param>
/// <param name="Histograms">Null where a float is; null as a whole when there are none.</param>
internal sealed record PromQLSeries(LabelSet Labels, long[] Times, double[] Values, FloatHistogram?[]? Histograms);
