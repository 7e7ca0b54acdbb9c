using System.Collections.Generic;

namespace Slungd.Tests.Conformance;

/// <summary>A `load` command: series with a value every so many milliseconds.</summary>
internal sealed record ScriptLoad(int Line, long Interval, bool WithCustomBuckets, List<ScriptSeries> Series);
