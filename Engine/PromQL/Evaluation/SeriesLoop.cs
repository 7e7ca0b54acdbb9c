using System;
using System.Collections.Generic;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Begins to evaluate a thread's share of a selector's series.</summary>
internal delegate SeriesRun SeriesStart(QueryContext context, ColumnSink to);

/// <summary>Evaluates a selector's series in their order, on the query's own thread; what is much is finished with the
/// help of idle processors, see <see cref="SharedLoop"/>. The answer is the same bit by bit.</summary>
internal static class SeriesLoop
{
    /// <summary>Longer columns are not kept several at once.</summary>
    private const int MaxSteps = 16_384;

    /// <summary>Samples and steps that are handed to a thread at once; also how often help is asked for.</summary>
    private const long ShareWork = 16_384;

    /// <summary>After so many it is known how much a series takes.</summary>
    private const long FirstLook = 2048;

    /// <summary>To open a series costs as much as to read so many samples.</summary>
    private const int SeriesWork = 64;

    public static void Run(QueryContext context, List<SelectedSeries> found, int steps, SeriesStart start,
        ColumnSink to)
    {
        using SeriesRun run = start(context, to);
        long before = context.SamplesRead;
        long nextLook = Math.Min(FirstLook, context.Workers.Worthwhile);
        bool mayShare = steps <= MaxSteps && context.Workers.Processors > 1;
        for (int i = 0; i < found.Count; i++)
        {
            long done = context.SamplesRead - before + i * ((long)steps + SeriesWork);
            if (mayShare && done >= nextLook)
            {
                nextLook = done + ShareWork;
                long each = done / i;
                int left = found.Count - i;
                if (left > 1 && each * left >= context.Workers.Worthwhile && context.Workers.TryEnter())
                {
                    int share = (int)Math.Clamp(ShareWork / each, 1, (left + 7) / 8);
                    new SharedLoop(context, found, i, share, steps, start, run.Room).Run(to);
                    return;
                }
            }
            run.Run(found[i]);
        }
    }
}
