namespace Slungd.Engine.PromQL.Histograms;

/// <summary>What the producer knows of counter resets; the numbers are on disk.</summary>
internal enum CounterResetHint : byte
{
    /// <summary>To be found by comparing with the sample before.</summary>
    Unknown = 0,
    /// <summary>This sample starts anew.</summary>
    Reset = 1,
    /// <summary>This sample goes on from the one before.</summary>
    NotReset = 2,
    /// <summary>No counter: it may go down.</summary>
    Gauge = 3,
}
