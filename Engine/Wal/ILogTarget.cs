using System;
using Slungd.Engine.Model;

namespace Slungd.Engine.Wal;

/// <summary>Takes what a replay finds, in the order in which it was once written.</summary>
internal interface ILogTarget
{
    /// <summary>The points that follow are of this generation, and all earlier ones are complete.</summary>
    void BeginGeneration(ulong generation);

    /// <summary>Finds or makes a series.</summary>
    /// <returns>None when its points can't be taken: the key makes no sense, or the series has another family by now.
    /// </returns>
    SeriesId Define(ReadOnlySpan<byte> key, ValueFamily family);

    /// <summary>Points of a series.</summary>
    /// <param name="series">What <see cref="Define"/> gave; not None.</param>
    /// <param name="timestamps">In any order.</param>
    /// <param name="values">The values' bits; with a payload they locate their bytes in it.</param>
    /// <param name="payload">For payload families.</param>
    void Append(SeriesId series, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values, ReadOnlySpan<byte> payload);
}
