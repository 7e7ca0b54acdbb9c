using System;
using Slungd.Engine.Model;

namespace Slungd.Bench.Ingest;

/// <summary>A store that nobody asks.</summary>
internal sealed class EmptyReader : ISeriesReader
{
    public Precision Precision => Precision.Microseconds;

    public SeriesView OpenView() => throw new NotSupportedException();
}
