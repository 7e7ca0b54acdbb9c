namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>What of a sample is wanted.</summary>
internal enum SampleAspect : byte
{
    Value,
    /// <summary>Its time in seconds, for timestamp().</summary>
    Time,
}
