using Slungd.Engine.Model;

namespace Slungd.Engine.Notes;

/// <summary>What is known of a metric family.</summary>
internal sealed record MetricMetadata(MetricType Type, string Help, string Unit);
