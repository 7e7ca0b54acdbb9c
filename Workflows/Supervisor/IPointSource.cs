using Slungd.Engine.Model;

namespace Slungd.Workflows.Supervisor;

/// <summary>Points that wait to be written, one after the other.</summary>
internal interface IPointSource
{
    /// <summary>When the next point is; false when there is none.</summary>
    bool TryPeek(out long timestamp);

    /// <summary>Writes the point that was peeked at.</summary>
    void Write(IEventSink sink);
}
