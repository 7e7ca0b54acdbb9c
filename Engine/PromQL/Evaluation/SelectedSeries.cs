using Slungd.Engine.Model;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>A series that a selector matches.</summary>
/// <param name="Labels">As PromQL sees it.</param>
/// <param name="Id">In the store.</param>
/// <param name="Others">Further series that look the same here: their samples are merged, and at one time the last
/// one's counts (see <see cref="SeriesView.SortAlike"/>).</param>
internal sealed record SelectedSeries(LabelSet Labels, SeriesId Id, SeriesId[]? Others);
