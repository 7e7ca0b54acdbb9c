using System.Collections.Generic;

namespace Slungd.Engine.Series;

/// <summary>Where the series come from: the names, labels and pairs that the most series or values have, largest
/// first.</summary>
/// <param name="SeriesByName">Series of a name.</param>
/// <param name="ValuesByLabel">Distinct values of a label.</param>
/// <param name="BytesByLabel">Bytes of a label's distinct pairs.</param>
/// <param name="SeriesByPair">Series with a tag.</param>
/// <param name="Pairs">Distinct names and tags of all series.</param>
internal sealed record Cardinalities(List<(string Text, long Count)> SeriesByName,
    List<(string Text, long Count)> ValuesByLabel, List<(string Text, long Count)> BytesByLabel,
    List<(string Text, long Count)> SeriesByPair, long Pairs);
