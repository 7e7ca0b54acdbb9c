using System;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Histograms;

namespace Slungd.Tests.Conformance;

/// <summary>Where scripts load their series, and what queries read.</summary>
internal interface IScriptStore : IDisposable
{
    ISeriesReader Reader { get; }

    /// <summary>Stores one sample.</summary>
    /// <param name="labels">The series, its name among them.</param>
    /// <param name="time">In milliseconds.</param>
    /// <param name="value">Unless there is a histogram.</param>
    /// <param name="histogram">Or null.</param>
    void Put(LabelSet labels, long time, double value, FloatHistogram? histogram);
}
